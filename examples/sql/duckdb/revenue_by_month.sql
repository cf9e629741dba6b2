-- Revenue by month: all orders, and how much of it Klaviyo credits to campaigns and to flows.
--
-- One row a month (UTC) and currency: month, currency, orders, revenue, campaign_revenue, flow_revenue,
-- uncredited_revenue; the last three make up revenue. Revenue is $value of Placed Order, before refunds.
--
-- What attribution means here: Klaviyo's own, as `attributions` tells it of each order. One that is credited to a flow
-- and a campaign counts for the flow.
with credited as (
  select
    e.id,
    unnest(cast(cast(e.attributions as json) as json[])) as attribution
  from event_v2 as e
),
sources as (
  select
    id,
    max(case when attribution ->> '$.flow_id' is null then 'campaign' else 'flow' end) as source
  from credited
  group by id
)
select
  date_trunc('month', e.datetime)::date as month,
  e.event_properties ->> '$."$value_currency"' as currency,
  count(*) as orders,
  round(sum(e.value), 2) as revenue,
  round(sum(case when s.source = 'campaign' then e.value else 0 end), 2) as campaign_revenue,
  round(sum(case when s.source = 'flow' then e.value else 0 end), 2) as flow_revenue,
  round(sum(case when s.id is null then e.value else 0 end), 2) as uncredited_revenue
from event_v2 as e
join metric_v2 as m on m.id = e.metric_id
left join sources as s on s.id = e.id
where m.name = 'Placed Order'
group by 1, 2
order by month, currency;
