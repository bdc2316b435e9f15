import { format } from 'prettier';
import { z } from 'zod';
import { configSchema } from '../../lib/runtime/config-schema';

/** The text of `config.schema.json`, by which editors complete and check `config.json`. */
export function configJsonSchema(): Promise<string> {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });
}
