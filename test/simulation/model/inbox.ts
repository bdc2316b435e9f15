import type {
  ClaimedMessage,
  InboxMessage,
  NamedMerchants,
  NewMessage,
  OpenRefund,
} from '../../../lib/model/message';
import { deadEntry, replayEntry } from '../../../lib/store/history';
import type { Inbox, InboxClaimRequest } from '../../../lib/store/port';
import { CLAIMS_BEFORE_ALONE, isVouchedFor, merchantOf } from '../../../lib/model/message';
import type { ForgetQuery, Forgotten } from '../../../lib/store/requests';
import type { Instant } from '../../../lib/values/instant';
import { modelSettle } from './settle';
import type { ModelState, Step } from './state';
import { checked, lastingPartOf, pageOf, withLine } from './state';

/** The inbox of a model store. */
export function modelInbox(state: ModelState, step: Step): Inbox {
  const messages = (): InboxMessage[] => [...state.messages.values()].map(({ message }) => message);
  return {
    record: (message) => step('inbox.record', () => record(state, message)),
    redelivered: (limit) =>
      step('inbox.redelivered', () =>
        [...state.told].slice(0, limit).flatMap(([key, told]) => {
          const found = state.messages.get(key);
          return found === undefined ? [] : [{ message: found.message, told }];
        }),
      ),
    postponeRedelivered: (keys) =>
      step('inbox.postponeRedelivered', () => {
        for (const key of keys) {
          const told = state.told.get(key);
          if (!state.told.delete(key) || told === undefined) continue;
          state.told.set(key, told);
        }
      }),
    settleRedelivered: (seen) =>
      step('inbox.settleRedelivered', () => {
        for (const { key, deliveries } of seen) {
          if (state.messages.get(key)?.message.deliveries === deliveries) state.told.delete(key);
        }
      }),
    claim: (request) => step('inbox.claim', () => claim(state, request)),
    settle: (token, now, settlements) => modelSettle(state, step, token, now, settlements),
    replay: (keys, who, now) =>
      step('inbox.replay', () =>
        keys.map((key) => {
          const found = state.messages.get(key);
          if (found?.message.state !== 'dead') return false;
          const rest = lastingPartOf(found.message);
          const message: InboxMessage = {
            ...rest,
            state: 'pending',
            dueAt: now,
            lease: null,
            lastError: found.message.lastError,
            attempts: 0,
            claims: 0,
            alone: false,
            replays: rest.replays + 1,
            replayedBy: who,
            history: withLine(rest.history, replayEntry(who, now)),
          };
          state.messages.set(key, { ...found, message });
          return true;
        }),
      ),
    dismiss: (keys, who, why, now) =>
      step('inbox.dismiss', () =>
        keys.map((key) => {
          const found = state.messages.get(key);
          if (found === undefined) return false;
          const { message } = found;
          const diedOtherwise = message.state === 'dead' && message.reason !== 'operator';
          if (!diedOtherwise && !isFree(message, now)) return false;
          const rest = lastingPartOf(message);
          const history = withLine(rest.history, deadEntry(who, why, now));
          const ending = { finishedAt: now, reason: 'operator', lastError: null } as const;
          state.messages.set(key, { ...found, message: { ...rest, history, state: 'dead', ...ending } });
          return true;
        }),
      ),
    forget: (query) => step('inbox.forget', () => forget(state, query)),
    knownBetween: (from, to) =>
      step('inbox.knownBetween', () =>
        messages()
          .flatMap((message) => {
            const { content, confirmedBy, receivedAt: knownAt, trust } = message;
            const applied = message.state === 'done' && message.outcome === 'applied';
            if (content.kind !== 'payment' || trust !== 'platform' || !applied) return [];
            if (knownAt < from || knownAt >= to) return [];
            return [{ path: confirmedBy[0] ?? 'callback', paidAt: content.payment.paidAt, knownAt }];
          })
          .sort((a, b) => b.knownAt - a.knownAt)
          .slice(0, 1000),
      ),
    find: (key) => step('inbox.find', () => state.messages.get(key)?.message ?? null),
    ofOrder: (outTradeNo) =>
      step('inbox.ofOrder', () =>
        messages()
          .filter((message) => message.outTradeNo === outTradeNo)
          .sort((a, b) => a.receivedAt - b.receivedAt)
          .slice(0, 100),
      ),
    openRefunds: (numbers) =>
      step('inbox.openRefunds', () => {
        if (numbers.length === 0) return [];
        const wanted = new Set(numbers);
        return messages().flatMap((message): readonly OpenRefund[] => {
          const { key, outTradeNo, trust, content, receivedAt } = message;
          if (outTradeNo !== null && !wanted.has(outTradeNo)) return [];
          if (trust !== 'platform' || message.state === 'done') return [];
          if (message.state === 'dead' && message.reason === 'operator') return [];
          const diedAt = message.state === 'dead' ? message.finishedAt : null;
          const isNumberless =
            content.kind === 'unusable' && content.about === 'refund' && outTradeNo !== null;
          if (isNumberless)
            return [{ key, outTradeNo, transactionId: null, told: 'unreadable', receivedAt, diedAt }];
          if (content.kind !== 'refund') return [];
          const { state: told, transactionId } = content.refund;
          return [{ key, outTradeNo, transactionId, told, receivedAt, diedAt }];
        });
      }),
    list: (query) =>
      step('inbox.list', () => {
        const page = pageOf(
          messages().filter(
            (one) =>
              one.state === query.state &&
              (typeof query.reason !== 'string' || (one.state === 'dead' && one.reason === query.reason)) &&
              (query.trust ?? one.trust) === one.trust &&
              (query.alone !== true || (one.state === 'pending' && one.alone)) &&
              one.receivedAt >= (query.from ?? 0) &&
              one.receivedAt < (query.to ?? Infinity),
          ),
          ({ receivedAt, key }) => ({ at: receivedAt, name: key }),
          -1,
          query,
        );
        return {
          next: page.next,
          items: page.items.map(
            ({ key, outTradeNo, state: as, trust, attempts, claims, alone, deliveries, receivedAt }) => ({
              key,
              outTradeNo,
              state: as,
              trust,
              attempts,
              claims,
              alone,
              deliveries,
              receivedAt,
            }),
          ),
        };
      }),
    backlog: (now) =>
      step('inbox.backlog', () => {
        const ofTrust = (trust: InboxMessage['trust']) => messages().filter((one) => one.trust === trust);
        const countsOf = (these: readonly InboxMessage[]) => ({
          pending: these.filter(({ state: as }) => as === 'pending').length,
          dead: these.filter((one) => one.state === 'dead' && one.reason !== 'operator').length,
        });
        const due = ofTrust('platform').flatMap((message) => (isDue(message, now) ? [message.dueAt] : []));
        return {
          ...countsOf(ofTrust('platform')),
          oldestDueAt: due.sort((a, b) => a - b)[0] ?? null,
          unverified: countsOf(ofTrust('unverified')),
          alone: messages().filter((one) => one.state === 'pending' && one.alone).length,
        };
      }),
    countDead: (from) =>
      step(
        'inbox.countDead',
        () =>
          messages().filter(
            (message) =>
              message.state === 'dead' &&
              message.trust === 'platform' &&
              message.reason !== 'operator' &&
              message.receivedAt >= from,
          ).length,
      ),
    countUnverified: (naming) =>
      step(
        'inbox.countUnverified',
        () => messages().filter((message) => message.trust === 'unverified' && names(message, naming)).length,
      ),
    isUnverifiedDue: (now) =>
      step('inbox.isUnverifiedDue', () =>
        messages().some((message) => message.trust === 'unverified' && isDue(message, now)),
      ),
    hasWork: (now) =>
      step('inbox.hasWork', () =>
        messages().some((message) => isDue(message, now) || state.told.has(message.key)),
      ),
    paymentsHeard: (from, to) =>
      step('inbox.paymentsHeard', () => {
        const heard = messages().filter(
          ({ content, trust, receivedAt }) =>
            content.kind === 'payment' && trust === 'platform' && receivedAt >= from && receivedAt < to,
        );
        const silent = heard.filter(({ confirmedBy }) => !confirmedBy.includes('callback'));
        return { all: heard.length, withoutCallback: silent.length };
      }),
  };
}

function names({ content }: InboxMessage, naming: NamedMerchants): boolean {
  const named = merchantOf(content);
  return 'oneOf' in naming
    ? named !== null && naming.oneOf.includes(named)
    : named === null || !naming.noneOf.includes(named);
}

function forget(state: ModelState, { state: as, trust, before, after, limit }: ForgetQuery): Forgotten {
  const page = pageOf(
    [...state.messages.values()]
      .map(({ message }) => message)
      .filter((message) => message.state === as && message.receivedAt < before)
      .filter((message) => trust === undefined || message.trust === trust),
    ({ receivedAt, key }) => ({ at: receivedAt, name: key }),
    1,
    { after, limit },
  );
  const old = page.items.filter(
    (message) =>
      message.state !== 'pending' && message.finishedAt < before && message.lastDeliveredAt < before,
  );
  for (const { key } of old) {
    state.messages.delete(key);
    state.told.delete(key);
  }
  return { removed: old.length, next: page.next };
}

function record(state: ModelState, { path, envelope, ...told }: NewMessage): 'stored' | 'repeat' {
  const known = state.messages.get(told.key);
  if (known === undefined) {
    const message: InboxMessage = {
      ...told,
      envelope: envelope ?? null,
      lastDeliveredAt: told.receivedAt,
      deliveries: 1,
      confirmedBy: [path],
      attempts: 0,
      claims: 0,
      alone: false,
      replays: 0,
      replayedBy: null,
      history: [],
      state: 'pending',
      dueAt: told.receivedAt,
      lease: null,
      lastError: null,
    };
    state.messages.set(told.key, { message, finishedUnder: null });
    return 'stored';
  }
  const { message } = known;
  const confirmedBy = message.confirmedBy.includes(path)
    ? message.confirmedBy
    : [...message.confirmedBy, path];
  const lastDeliveredAt =
    told.receivedAt > message.lastDeliveredAt ? told.receivedAt : message.lastDeliveredAt;
  const again = { ...message, confirmedBy, lastDeliveredAt, deliveries: message.deliveries + 1 };
  state.messages.set(told.key, { ...known, message: again });
  if (path === 'callback' && told.trust === 'platform') {
    const { content, raw } = told;
    state.told.set(told.key, [...(state.told.get(told.key) ?? []), { content, raw }]);
  }
  return 'repeat';
}

type Pending = Extract<InboxMessage, { state: 'pending' }>;

function isFree(message: InboxMessage, now: Instant): message is Pending {
  return message.state === 'pending' && (message.lease === null || message.lease.until <= now);
}

function isDue(message: InboxMessage, now: Instant): message is Pending {
  return isFree(message, now) && message.dueAt <= now;
}

function claim(state: ModelState, request: InboxClaimRequest): readonly ClaimedMessage[] {
  const { token, now, leaseUntil, keys, trust, naming, alone = false, leasedAtMost } = request;
  const { vouchedForOnly = false } = request;
  const claimable = [...state.messages.values()]
    .flatMap(({ message }) => (isFree(message, now) ? [message] : []))
    .filter((message) => (keys === undefined ? message.dueAt <= now : keys.includes(message.key)))
    .filter((message) => trust === undefined || message.trust === trust)
    .filter((message) => naming === undefined || names(message, naming))
    .filter(({ trust: as, envelope }) => !vouchedForOnly || isVouchedFor(as, envelope));
  for (const message of claimable) {
    if (message.alone || message.claims < CLAIMS_BEFORE_ALONE) continue;
    state.messages.set(message.key, { message: { ...message, alone: true }, finishedUnder: null });
  }
  const held = [...state.messages.values()].filter(
    ({ message }) =>
      message.state === 'pending' &&
      message.trust === trust &&
      !isFree(message, now) &&
      (naming === undefined || names(message, naming)),
  );
  const room = leasedAtMost === undefined ? request.limit : Math.max(0, leasedAtMost - held.length);
  const wanted = claimable
    .filter((message) => (message.alone || message.claims >= CLAIMS_BEFORE_ALONE) === alone)
    .sort((a, b) => (alone ? a.claims - b.claims : 0) || a.dueAt - b.dueAt)
    .slice(0, Math.min(room, checked(request.limit)));
  return wanted.map((message) => {
    const claimed: InboxMessage = {
      ...message,
      alone,
      claims: message.claims + 1,
      lease: { token, until: leaseUntil },
    };
    state.messages.set(message.key, { message: claimed, finishedUnder: null });
    const { key, content, outTradeNo, confirmedBy, receivedAt, attempts, claims, replays } = claimed;
    return {
      key,
      content,
      outTradeNo,
      trust: claimed.trust,
      confirmedBy,
      receivedAt,
      attempts,
      claims,
      replays,
    };
  });
}
