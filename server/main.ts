import { runServer } from './run';

/* `npm start`: all on this machine, with simulated money unless config.json says otherwise. */
runServer({});
