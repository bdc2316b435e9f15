import { z } from 'zod';
import type { DiscrepancyClass } from '../../model/discrepancy';
import { isDiscrepancyClass } from '../../model/discrepancy';
import { DEATH_REASONS } from '../../model/message';
import { FULFILMENT_STATES, PAYMENT_STATES } from '../../model/order';
import { REFUND_STATES } from '../../model/refund';
import { LATE_KINDS } from '../../store/requests';
import type { Fen } from '../../values/fen';
import { isFen } from '../../values/fen';
import { ACTION_RULES } from '../actions';
import { askForBulk } from '../people/approvals';
import { MESSAGE_PARTS } from '../lists/list-api';
import type { Operation } from '../operation';
import { ok, reasonParam, span } from '../operation';
import { cancelBulk, previewBulk, showBulk, startBulk, stepBulk } from './bulk';
import type { BulkOperations } from './bulk-api';
import { BULK_ACTIONS } from './bulk-api';

const bulkParam = z.string().regex(/^[0-9A-Za-z_-]{8,64}$/);

/** As the lists have them, under the names of their states. */
const bulkFilterParam = z.object({
  ...span,
  payment: z.enum(PAYMENT_STATES).nullable().exactOptional(),
  fulfilment: z.enum(FULFILMENT_STATES).nullable().exactOptional(),
  late: z.enum(LATE_KINDS).nullable().exactOptional(),
  reason: z.enum(DEATH_REASONS).nullable().exactOptional(),
  only: z.enum(MESSAGE_PARTS).nullable().exactOptional(),
  refund: z.enum(REFUND_STATES).nullable().exactOptional(),
  class: z.custom<DiscrepancyClass>(isDiscrepancyClass).nullable().exactOptional(),
});

/** The operations on everything that a list shows. */
export const BULK_OPERATIONS: { readonly [Name in keyof BulkOperations]: Operation<Name> } = {
  preview_bulk: {
    params: z.object({ action: z.enum(BULK_ACTIONS), filter: bulkFilterParam }),
    needs: ({ action }) => ACTION_RULES[action].needs,
    run: async (deps, by, asked) => ok(await previewBulk(deps, by, asked)),
  },
  start_bulk: {
    params: z.object({
      id: bulkParam,
      action: z.enum(BULK_ACTIONS),
      filter: bulkFilterParam,
      reason: reasonParam.exactOptional(),
      count: z.int().min(1),
      amount: z.custom<Fen>(isFen).nullable(),
    }),
    needs: ({ action }) => ACTION_RULES[action].needs,
    changes: true,
    run: (deps, by, asked) => startBulk(deps, by, asked, (bulk) => askForBulk(deps, by, bulk)),
  },
  // Each of these two checks that its person may take the action.
  step_bulk: {
    params: z.object({ id: bulkParam }),
    needs: 'look',
    changes: true,
    run: (deps, by, { id }) => stepBulk(deps, by, id),
  },
  cancel_bulk: {
    params: z.object({ id: bulkParam }),
    needs: 'look',
    changes: true,
    run: (deps, by, { id }) => cancelBulk(deps, by, id),
  },
  show_bulk: {
    params: z.object({ id: bulkParam, part: z.int().min(0).max(100).exactOptional() }),
    needs: 'look',
    run: showBulk,
  },
};
