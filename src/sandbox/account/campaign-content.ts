/** What a campaign message says, in the form of its channel. */
import type { Random } from '../random.js';
import type { Attributes, Channel } from '../types.js';
import { SUBJECTS } from './words.js';

export function definition(chance: Random, channel: Channel, label: string, index: number): Attributes {
  if (channel === 'email')
    return {
      channel,
      label,
      content: {
        subject: chance.pick(SUBJECTS),
        preview_text: 'Have a look inside',
        from_email: 'hello@shop.example',
        from_label: 'Oak & Fog',
        reply_to_email: null,
        cc_email: null,
        bcc_email: null,
      },
    };
  if (channel === 'sms')
    return {
      channel,
      content: { body: 'Oak & Fog: 20 % off until midnight https://shop.example/s', media_url: null },
      render_options: {
        shorten_links: true,
        add_org_prefix: true,
        add_info_link: true,
        add_opt_out_language: false,
      },
    };
  if (index % 3 === 0) return { channel, notification_type: 'silent', kv_pairs: { refresh: '1' } };
  return {
    channel,
    notification_type: 'standard',
    content: { title: 'Rain is coming', body: 'Stay dry', dynamic_image: null, action_buttons: null },
    kv_pairs: { screen: 'sale' },
    options: {
      on_open: { type: 'deep_link', ios_deep_link: 'shop://sale', android_deep_link: 'shop://sale' },
      badge: { display: true, badge_options: { badge_config: 'increment_one' } },
      play_sound: false,
    },
  };
}
