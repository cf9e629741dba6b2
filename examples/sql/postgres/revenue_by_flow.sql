-- Revenue by flow: the orders that Klaviyo credits to each flow, and what they were worth.
--
-- One row a flow and currency: flow_id, flow (null: deleted since), status, currency, orders, buyers, revenue.
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
    e.event_properties ->> '$value_currency' as currency,
    e.attribution_ids::text not in ('{}', '[]') as is_credited,
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
  o.flow_id,
  f.name as flow,
  f.status,
  o.currency,
  count(*) as orders,
  count(distinct o.profile_id) as buyers,
  round(sum(o.value), 2) as revenue
from credited as o
left join flow_v2 as f on f.id = o.flow_id
where o.flow_id is not null
group by 1, 2, 3, 4
order by revenue desc, flow_id;
