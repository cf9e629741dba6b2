export interface Config {
  api_key: string;
  start_date?: string;
  historical_sync_duration?: string;
  events_lookback_days?: number;
  membership_refresh_days?: number;
  metric_ids?: string[];
  excluded_metric_ids?: string[];
  predictive_analytics?: boolean;
  rate_limit_share?: number;
  wide_integers?: 'keep' | 'string';
  base_url?: string;
}
