import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

/** The defences of the server's door taken away, one by one (docs/security.md). */
export const DOOR_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'keep a place while a body is on its way',
    guarantee: 'G9',
    file: 'server/door/aside.ts',
    find: 'if (place === undefined || request.complete) return read();',
    replace: 'if (place === undefined || read !== null) return read();',
    caughtBy: testNamed('test/server/door/slow-bodies.test.ts', 'lock nobody out: %s'),
  },
  {
    name: 'believe the platform’s mark from anybody',
    guarantee: 'G7',
    file: 'server/door/identity.ts',
    find: "sourceOf: (request) => (believed(request) ? markOf(request) : ''),",
    replace: 'sourceOf: (request) => markOf(request),',
    caughtBy: testNamed('test/server/door/door.test.ts', '%s makes a notification %#: %s'),
  },
  {
    name: 'believe a login whose signature is wrong',
    guarantee: 'G7',
    file: 'server/door/login.ts',
    find: 'if (given.length !== right.length || !timingSafeEqual(given, right)) return null;',
    replace: 'if (given.length !== right.length) return null;',
    caughtBy: testNamed(
      'test/server/door/door.test.ts',
      'that was changed, or signed with another secret, names nobody',
    ),
  },
  {
    name: 'take the first of two payers',
    guarantee: 'G7',
    file: 'server/door/identity.ts',
    find: "if (payers.length > 1) return { kind: 'two_payers' };",
    replace: '',
    caughtBy: testNamed('test/server/door/door.test.ts', 'is nobody when %s names two, and never the first'),
  },
  {
    name: 'answer a name that was pointed at this machine',
    guarantee: 'G7',
    file: 'server/door/door.ts',
    find: 'if (thisMachineOnly && !isFromThisMachine(request)) {',
    replace: 'if (thisMachineOnly && request.method === "TRACE") {',
    caughtBy: testNamed('test/server/door/door.test.ts', '%s is answered at no address'),
  },
  {
    name: 'let tokens be guessed at full speed',
    guarantee: 'G7',
    file: 'server/door/access.ts',
    find: 'signIns.failed(address);',
    replace: '',
    caughtBy: testNamed(
      'test/server/door/door.test.ts',
      'is logged and counted, and slowed after a few wrong tokens, the right one too; a session goes on',
    ),
  },
  {
    name: 'count the sessions of all people together',
    guarantee: 'G7',
    file: 'server/operators/sessions.ts',
    find: 'filter(([, { name }]) => name === session.name)',
    replace: 'filter(([, { name }]) => name.length > 0)',
    caughtBy: testNamed('test/server/door/door.test.ts', 'of a reader never ends an operator’s session'),
  },
  {
    name: 'ask who it is only after the body was read',
    guarantee: 'G7',
    file: 'server/door/routes.ts',
    find: 'const visitor = access.visitorOf(c.env.incoming);',
    replace: 'await readBody(c.env.incoming);\n    const visitor = access.visitorOf(c.env.incoming);',
    caughtBy: testNamed('test/server/door/door.test.ts', 'is told so before their body has come: %s'),
  },
  {
    name: 'let other work begin while a notification is answered',
    guarantee: 'G9',
    file: 'server/door/admission.ts',
    find: 'if (notifications > 0 && left > 0) {',
    replace: 'if (notifications > 1e9 && left > 0) {',
    caughtBy: testNamed(
      'test/server/door/turns.test.ts',
      'waits while a notification is being answered, but not without end',
    ),
  },
  {
    name: 'answer operators at once, however many',
    guarantee: 'G9',
    file: 'server/door/door.ts',
    find: ': answerInTurn(request, response, path);',
    replace: ': PROBES.has("") ? answerInTurn(request, response, path) : route(request, response);',
    caughtBy: testNamed(
      'test/server/door/late-acks.test.ts',
      'notifications behind forty requests of operators are answered before the first of these begins',
    ),
  },
  {
    name: 'count the time to an ack from when its body was read',
    guarantee: 'G1',
    file: 'server/door/door.ts',
    find: 'arrivals.waitedMs(came),',
    replace: '0 * came,',
    caughtBy: testNamed(
      'test/server/door/late-acks.test.ts',
      'the time a notification waits on this machine counts from its arrival, not from when its body is read',
    ),
  },
  {
    name: 'write to the terminal what was sent',
    guarantee: 'G7',
    file: 'operator/command.ts',
    find: 'screen.write(forTerminal(output));\n  return code;\n}\n\n/** Asks',
    replace: 'screen.write(output);\n  return code;\n}\n\n/** Asks',
    caughtBy: testNamed(
      'test/operator/ops.test.ts',
      'writes nothing that a terminal obeys, whatever was sent',
    ),
  },
];
