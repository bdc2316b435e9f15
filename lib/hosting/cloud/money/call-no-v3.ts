import type { OpenV3 } from './calling';

/** No merchant of this installation is on API v3, or it was built without keys. */
export const openV3: OpenV3 = () => () => null;
