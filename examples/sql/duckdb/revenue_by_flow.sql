-- Revenue by flow: the orders that Klaviyo credits to each flow, and what they were worth.
--
-- One row a flow and currency: flow_id, flow (null: deleted since), status, currency, orders, buyers, revenue.
-- Revenue is $value of Placed Order, before refunds.
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
    attribution ->> '$.flow_id' as flow_id
  from credited
)
select
  o.flow_id,
  f.name as flow,
  f.status,
  o.currency,
  count(distinct o.id) as orders,
  count(distinct o.profile_id) as buyers,
  round(sum(o.value), 2) as revenue
from orders as o
left join flow_v2 as f on f.id = o.flow_id
where o.flow_id is not null
group by 1, 2, 3, 4
order by revenue desc, flow_id;
