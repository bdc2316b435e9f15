/** Printed when the arguments are invalid. */
export const USAGE = `npm run ops -- <verb> [...] [--url <address>] [--json] [--yes] [--lang zh|en]

  overview                                  how things stand
  list messages [--state dead|pending|done] [--reason <reason>] [--from <time>] [--to <time>]
                [--only platform|unverified|alone]   alone: pending ones that stopped their worker
  list orders [--payment <state>] [--fulfilment <state>] [--late unknown|unfulfilled] [--from <time>] [--to <time>]
              [--sort newest|oldest]; [--sort largest|smallest] of all, or with --fulfilment held|dead
  list orders --prefix <text> | --amount <yuan> | --payer <last three characters>
  list refunds [--state <state>]
  list discrepancies [--state open|carried_over|resolved] [--class <class>]
  list runs
  list audit [--subject <name>]             each list: [--limit 1..200] [--after <mark>]
  search <number, key, transaction ID or day; the beginning of an order number, an amount, a masked payer>
  show <the same> [--unmask]                one item with its timeline; --unmask is recorded
  replay <key...>                           process dead messages again
  replay [--from <time>] [--to <time>] [--reason <reason>] --why <text>
  dismiss <key...> --why <text>
  retry <order...>                          retry fulfilment
  ask <order...>, ask-refund <refund...>    query WeChat Pay now
  close <order...>
  refund <order> [--amount <yuan> --request-id <id>] --why <text>   yuan with two decimals: 58.00
  pay-out <refund...> --why <text>          an abnormal refund goes to your own account (API v3)
  release <order...> --why <text>           fulfil an order that is on hold
  accept <payment...> --why <text>          a payment that does not agree with its order counts all the same
  return <payment...> --why <text>          it goes back; a payment is payment:<order>:<transaction>
  resolve <discrepancy...> --why <text>
  run-again <merchant:day...>
  months                                    the months of each merchant, and how far they are signed off
  month <merchant:202603> [--export report|figures|voucher]   its totals; the files are CSV
  sign-off <merchant:20260301 or merchant:202603> [--why <text>]   the books as they are now; see docs/books.md
  amend <the same> --why <text>             say that signed books change, and why
  open-items [--owner <name>]               unresolved discrepancies by age; --owner - is without one
  assign <discrepancy...> [--owner <name>]  the owner of each; without --owner it has none
  comment <discrepancy> --why <text>
  give-bill <merchant:day> <file> [--why <text>]   the trade bill of a day for which WeChat Pay gives none
  give-funds <merchant:day> <file> [--account basic|operation|fees] [--why <text>]   a fund-flow bill, as downloaded
  cash <merchant> <month>                   opening, movements and closing of a month: 202602
  import-orders <file...> --why <text> [--merchant <number>] [--columns <a=b,…>] [--states <a=b,…>]
                                            paid orders of an earlier system, with a preview (docs/migrating.md)
  bulk <verb> [--from <time>] [--to <time>] [...] [--why <text>]   an action on all that a list shows, up to 2,000
                                            retry, release, ask, close, refund: --payment, --fulfilment, --late;
                                            replay, dismiss: --reason, --only; ask-refund: --state; resolve: --class
  bulk show|continue|cancel <id>            how it stands; carry it on; begin no further item
  export-payer <order>                      everything stored about the payer of this order, as JSON; recorded
  erase-payer <order> --why <text>          erase their personal data from all orders that have ended
  approvals [--decided]                     what a second person has to approve
  approve <request>, decline <request> --why <text>
  sign-ins                                  who signed in, from where, and wrong tokens
  record [--anchor <number:hash>]           check that nobody changed the audit log
  record --export jsonl|csv                 the whole audit log, without sign-ins
  token                                     make an operator's token, and the hash for config.json
  workers                                   last and next run of each worker, and what is paused
  pause <worker or merchant> --why <text> [--until <time>]   fulfillOrders is fulfilment itself
  resume <worker or merchant> [--why <text>]
  take <issue>, give-back <issue>           be the owner of an issue, such as dead_letters, or no longer
  mute <issue> --until <time> --why <text>, unmute <issue>
  test-robots                               send a test notice to every robot and webhook
  test-fulfilment                           send a test event to the system of fulfilment.webhook
  doctor                                    what is not right with the deployment
  backup <file>                             copy DATA_DIR of this machine while the server runs
  accept-loss --why <text>                  let the server start on data that has shrunk
  copy --to mysql://…                       move the shop to an empty MySQL database; the server must not run
  copy-back                                 move it back to a DATA_DIR without a database; no server may run

Names may come on standard input, one a line: give - instead. Times are Beijing time (2026-03-01 12:00) or have a zone.
Address: --url, else OPS_URL, else http://127.0.0.1:3000. Token: OPS_TOKEN in the environment, never an argument; your own token is one.
Exit: 0 done, 1 refused or something is wrong, 2 not understood or no answer.
`;
