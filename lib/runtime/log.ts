import type { OutTradeNo } from '../values/ids';

/** Every event that this service logs, one name per fact. */
export type LogEvent =
  | 'notification_stored'
  | 'notification_repeated'
  | 'notification_refused'
  | 'notification_not_stored'
  | 'v3_notification_refused'
  | 'message_applied'
  | 'message_finished'
  | 'message_retried'
  | 'message_buried'
  | 'message_failed'
  | 'message_lease_lost'
  | 'message_claimed_alone'
  | 'message_not_put_off'
  | 'message_revived'
  | 'message_contradicted'
  | 'redelivered_not_reviewed'
  | 'verification_asked'
  | 'verification_failed'
  | 'verification_paused'
  | 'unverified_not_counted'
  | 'inbox_run'
  | 'price_failed'
  | 'goods_description_changed'
  | 'order_created'
  | 'order_prepaid'
  | 'order_asked'
  | 'order_close_asked'
  | 'payment_unproven'
  | 'answer_not_recorded'
  | 'api_token_missing'
  | 'ask_run'
  | 'refund_requested'
  | 'refund_asked'
  | 'refund_accepted'
  | 'refund_queried'
  | 'refund_taken_over'
  | 'refund_succeeded'
  | 'refund_closed'
  | 'refund_abnormal'
  | 'refund_needs_funds'
  | 'refund_not_authorised'
  | 'refund_unclear'
  | 'refund_overdue'
  | 'refund_run'
  | 'no_turn'
  | 'wechat_pay_unknown'
  | 'wechat_pay_refused'
  | 'v3_answered'
  | 'v3_no_answer'
  | 'v3_unverified'
  | 'v3_clock_differs'
  | 'v3_not_signed_in'
  | 'v3_rate_not_shared'
  | 'v3_certificates_downloaded'
  | 'v3_certificates_refused'
  | 'v3_certificates_not_shared'
  | 'fulfilment_done'
  | 'fulfilment_retried'
  | 'fulfilment_waits'
  | 'fulfilment_paused'
  | 'fulfilment_resumed'
  | 'fulfilment_buried'
  | 'fulfilment_lease_lost'
  | 'fulfilment_failed'
  | 'fulfilment_held'
  | 'hold_lifted'
  | 'helper_not_started'
  | 'holds_not_reviewed'
  | 'fulfilment_run'
  | 'fulfilment_run_failed'
  | 'statement_run'
  | 'statement_stuck'
  | 'statement_waits'
  | 'statement_missing'
  | 'statement_corrupt'
  | 'statement_file_changed'
  | 'statement_lease_lost'
  | 'statement_failed'
  | 'statement_not_removed'
  | 'retention_run'
  | 'signal_not_stored'
  | 'watch_run'
  | 'watch_part_failed'
  | 'waits_brought_near'
  | 'alarm_on'
  | 'alarm_over'
  | 'alarm_delivered'
  | 'alarm_not_delivered'
  | 'alarm_not_kept'
  | 'ops_acted'
  | 'ops_failed'
  | 'ops_refused'
  | 'sign_in_accepted'
  | 'sign_in_refused'
  | 'login_unknown'
  | 'login_misconfigured'
  | 'function_failed'
  | 'worker_failed'
  | 'store_problem'
  | 'time_limit_short'
  | 'low_water_mark_failed'
  | 'not_ready_on'
  | 'not_ready_over'
  | 'server_started'
  | 'server_stopping'
  | 'server_stopped'
  | 'simulator_delivery';

/**
 * The fields of a log line. The order number is always present (null when the line concerns none),
 * and the adapter always masks `payer`. Never put a raw notification, a token or an OPENID into
 * another field.
 */
export interface LogFields {
  readonly outTradeNo: OutTradeNo | null;
  readonly payer?: string;
  readonly [field: string]: string | number | boolean | null | undefined;
}

/** Where log lines go. Logging never throws and never waits. */
export interface Log {
  /** Normal operation. */
  info(event: LogEvent, fields: LogFields): void;
  /** Needs attention if it continues. */
  warn(event: LogEvent, fields: LogFields): void;
  /** Needs attention now. */
  error(event: LogEvent, fields: LogFields): void;
}
