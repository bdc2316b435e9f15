import { z } from 'zod';
import { writtenConfig } from '../../lib/config/written';

/** The text of `config.schema.json`, which editors use to complete and check `config.json`. */
export function configJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(writtenConfig, { io: 'input' }), null, 2)}\n`;
}
