-- Revenue by month: all orders, and how much of it Klaviyo credits to campaigns and to flows.
--
-- One row a month (UTC) and currency: month, currency, orders, revenue, campaign_revenue, flow_revenue,
-- uncredited_revenue. What the three leave of revenue is credited to a message that the tables do not show.
-- Revenue is $value of Placed Order, before refunds.
--
-- What attribution means here: Klaviyo's own. An order counts if Klaviyo credits it to a message: attribution_ids is
-- not empty. To which message, the tables say only where the order names one itself (message_id, flow_id,
-- campaign_name). Elsewhere it is the last one that the buyer opened, clicked or, by SMS, got before the order: the
-- rule that Klaviyo credits by, with the times of its default settings. If yours differ (Settings > Attribution),
-- change them in the first lines.
with touch_metrics (name, lasts) as (
  values
    ('Opened Email', interval '5 days'),
    ('Clicked Email', interval '5 days'),
    ('Clicked SMS', interval '5 days'),
    ('Received SMS', interval '12 hours'),
    ('Opened Push', interval '1 day')
),
orders as (
  select
    e.id,
    e.profile_id,
    e.datetime,
    e.value,
    e.event_properties ->> '$."$value_currency"' as currency,
    json_array_length(e.attribution_ids) > 0 as is_credited,
    e.flow_id,
    e.message_id,
    e.campaign_name,
    coalesce(e.flow_id, e.message_id, e.campaign_name) is not null as names_message
  from event_v2 as e
  join metric_v2 as m on m.id = e.metric_id
  where m.name = 'Placed Order'
),
touches as (
  select
    e.profile_id,
    e.datetime,
    e.datetime + t.lasts as until,
    e.flow_id,
    e.message_id,
    e.campaign_name
  from event_v2 as e
  join metric_v2 as m on m.id = e.metric_id
  join touch_metrics as t on t.name = m.name
  where coalesce(e.flow_id, e.message_id, e.campaign_name) is not null
),
credited as (
  select distinct on (o.id)
    o.id,
    o.profile_id,
    o.value,
    o.currency,
    case when o.names_message then o.flow_id else t.flow_id end as flow_id,
    case when o.names_message then o.message_id else t.message_id end as message_id,
    case when o.names_message then o.campaign_name else t.campaign_name end as campaign_name
  from orders as o
  left join touches as t
    on not o.names_message
    and t.profile_id = o.profile_id
    and t.datetime < o.datetime
    and t.until >= o.datetime
  where o.is_credited
  order by o.id, t.datetime desc
)
select
  date_trunc('month', o.datetime)::date as month,
  o.currency,
  count(*) as orders,
  round(sum(o.value), 2) as revenue,
  round(sum(case when c.source = 'campaign' then o.value else 0 end), 2) as campaign_revenue,
  round(sum(case when c.source = 'flow' then o.value else 0 end), 2) as flow_revenue,
  round(sum(case when c.id is null then o.value else 0 end), 2) as uncredited_revenue
from orders as o
left join (
  select
    id,
    case
      when flow_id is not null then 'flow'
      when coalesce(message_id, campaign_name) is not null then 'campaign'
    end as source
  from credited
) as c on c.id = o.id
group by 1, 2
order by month, currency;
