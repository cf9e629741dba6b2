-- Consent by channel now: how many people may be written to.
--
-- One row a channel and consent: channel, consent (SUBSCRIBED, UNSUBSCRIBED, NEVER_SUBSCRIBED), profiles, reachable:
-- those of them that Klaviyo would send marketing to. Someone can be subscribed and not reachable, as after a hard
-- bounce. It counts the people in the table: all of them only if historical_sync_duration is "all".
with channels (channel, reachable) as (
  values
    ('email', 'can_receive_email_marketing'),
    ('sms', 'can_receive_sms_marketing'),
    ('mobile_push', 'can_receive_push_marketing'),
    ('whatsapp', 'can_receive')
)
select
  c.channel,
  p.subscriptions #>> array[c.channel, 'marketing', 'consent'] as consent,
  count(*) as profiles,
  count(*) filter (where p.subscriptions #>> array[c.channel, 'marketing', c.reachable] = 'true') as reachable
from profile_v2 as p
cross join channels as c
where p.subscriptions #>> array[c.channel, 'marketing', 'consent'] is not null
group by 1, 2
order by channel, profiles desc;
