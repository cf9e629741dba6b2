-- Revenue by campaign: the orders that Klaviyo credits to each campaign, and what they were worth.
--
-- One row a campaign and currency: campaign_id, campaign (of one that was deleted, the name that its messages had),
-- channel, sent_at (UTC), currency, orders, buyers, revenue. Revenue is $value of Placed Order, before refunds.
--
-- What attribution means here: Klaviyo's own, as `attributions` tells it of each order. An order with several counts
-- for each of them.
with credited as (
  select
    e.profile_id,
    e.id,
    e.value,
    e.event_properties ->> '$."$value_currency"' as currency,
    unnest(cast(cast(e.attributions as json) as json[])) as attribution
  from event_v2 as e
  join metric_v2 as m on m.id = e.metric_id
  where m.name = 'Placed Order'
),
orders as (
  select
    id,
    profile_id,
    value,
    currency,
    attribution ->> '$.attributed_event_id' as touch_id,
    attribution ->> '$.campaign_id' as campaign_id,
    attribution ->> '$.flow_id' as flow_id
  from credited
)
select
  o.campaign_id,
  coalesce(c.name, t.campaign_name) as campaign,
  c.channel,
  c.send_time as sent_at,
  o.currency,
  count(distinct o.id) as orders,
  count(distinct o.profile_id) as buyers,
  round(sum(o.value), 2) as revenue
from orders as o
left join campaign_v2 as c on c.id = o.campaign_id
left join event_v2 as t on t.id = o.touch_id
where o.flow_id is null
group by 1, 2, 3, 4, 5
order by revenue desc, campaign_id;
