import { z } from 'zod';
import { isWebAddress } from './fields';

/** Where traces of payments are sent. */
export const tracingSettings = z.strictObject({
  /**
   * The address of a collector for traces over OTLP/HTTP in JSON. Keys go into the environment, in
   * OTEL_EXPORTER_OTLP_HEADERS.
   */
  url: z.string().refine(isCollector, {
    error:
      'must be the whole http or https address without a password, such as "http://10.0.0.5:4318/v1/traces"',
  }),
  /** The name under which the collector shows this deployment. */
  serviceName: z.string().min(1).max(100).default('wxpay-inbox'),
  /** The share of all payments that is traced. */
  share: z.number().min(0).max(1).default(1),
});

function isCollector(text: string): boolean {
  return isWebAddress(text) && text.length <= 500 && !text.includes('#');
}
