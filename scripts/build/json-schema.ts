import { z } from 'zod';
import { configSchema } from '../../lib/config/config-schema';

/** The text of `config.schema.json`, which editors use to complete and check `config.json`. */
export function configJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(configSchema, { io: 'input' }), null, 2)}\n`;
}
