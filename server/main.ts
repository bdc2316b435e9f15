import { runServer } from './run';

/* `npm start`: everything on this machine, with simulated money unless config.json says otherwise. */
runServer({});
