import type { CollectionSpec } from './schema-spec';

/** What operators did and wrote, its seals, and requests for approval. */
export const AUDIT_COLLECTION: CollectionSpec = {
  holds:
    'what operators did, _id is unique to each action; the seals over it; requests for approval; sign-offs; notes on discrepancies',
  indexes: [
    {
      name: 'at',
      fields: [
        ['at', -1],
        ['_id', -1],
      ],
      for: 'listing actions, newest first',
    },
    {
      name: 'subject_at',
      fields: [
        ['subject.name', 1],
        ['at', -1],
        ['_id', -1],
      ],
      for: 'the actions about one item, newest first',
    },
    {
      name: 'kind_n',
      fields: [
        ['kind', 1],
        ['n', -1],
      ],
      for: 'the seals, highest number first',
    },
    {
      name: 'kind_decided_asked',
      fields: [
        ['kind', 1],
        ['isDecided', 1],
        ['askedAt', -1],
        ['_id', -1],
      ],
      for: 'requests for approval, newest first',
    },
  ],
};
