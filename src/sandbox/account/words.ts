/** Names for a believable shop. */
export const FIRST =
  'Sarah James Olivia Noah Amélie Søren Mia Liam Zoë Jürgen Aiko Fatima Diego Chloé Ivan Priya'.split(' ');
export const LAST =
  'Mason Smith García Müller Dubois Tanaka O’Brien Kowalski Rossi Nguyen Haddad Silva Jensen'.split(' ');
export const DOMAINS = ['example.com', 'example.org', 'mail.example.net', 'shop.example'];
export const CITIES = [
  {
    city: 'New York',
    region: 'NY',
    country: 'United States',
    zip: '10017',
    latitude: 40.7128,
    longitude: -74.006,
    timezone: 'America/New_York',
    locale: 'en-US',
    calling: '+1212',
  },
  {
    city: 'London',
    region: 'England',
    country: 'United Kingdom',
    zip: 'SW1A 1AA',
    latitude: 51.5072,
    longitude: -0.1276,
    timezone: 'Europe/London',
    locale: 'en-GB',
    calling: '+4420',
  },
  {
    city: 'Montréal',
    region: 'QC',
    country: 'Canada',
    zip: 'H2X 1Y4',
    latitude: 45.5019,
    longitude: -73.5674,
    timezone: 'America/Toronto',
    locale: 'fr-CA',
    calling: '+1514',
  },
  {
    city: 'Köln',
    region: 'NW',
    country: 'Germany',
    zip: '50667',
    latitude: 50.9375,
    longitude: 6.9603,
    timezone: 'Europe/Berlin',
    locale: 'de-DE',
    calling: '+4922',
  },
  {
    city: '東京',
    region: '東京都',
    country: 'Japan',
    zip: '100-0001',
    latitude: 35.6762,
    longitude: 139.6503,
    timezone: 'Asia/Tokyo',
    locale: 'ja-JP',
    calling: '+8131',
  },
];
export const PRODUCTS = [
  { id: '7001', sku: 'TEE-OAK-M', name: 'Oak Tee', price: 24.9, categories: ['Tops', 'Organic'] },
  { id: '7002', sku: 'HOOD-FOG-L', name: 'Fog Hoodie', price: 59.5, categories: ['Tops', 'Winter'] },
  { id: '7003', sku: 'CAP-SUN', name: 'Sun Cap', price: 19, categories: ['Accessories'] },
  {
    id: '7004',
    sku: 'SOCK-3PK',
    name: 'Everyday Socks, 3 pairs',
    price: 14.25,
    categories: ['Accessories', 'Basics'],
  },
  { id: '7005', sku: 'JKT-RAIN-S', name: 'Rain Jacket', price: 129.99, categories: ['Outerwear'] },
  { id: '7006', sku: 'MUG-12OZ', name: 'Camp Mug 12 oz "Explorer"', price: 16.8, categories: ['Home'] },
  { id: '7007', sku: 'BAG-TOTE', name: 'Canvas Tote', price: 32, categories: ['Accessories', 'Sale'] },
];
export const LISTS = [
  'Newsletter',
  'SMS subscribers',
  'Back in stock',
  'Preorders',
  'VIP early access',
  'Store sign-ups',
  'Giveaway 2025',
  'Footer form',
  'Wholesale',
  'Podcast listeners',
  'Popup EU',
  'Checkout opt-in',
];
export const SEGMENTS = [
  'Engaged 90 days',
  'VIP customers',
  'Never purchased',
  'Win-back',
  'High churn risk',
  'Repeat purchasers',
  'SMS-only',
  'Birthday this month',
];
export const FLOWS = [
  'Welcome series',
  'Abandoned checkout',
  'Browse abandonment',
  'Post-purchase',
  'Win-back',
  'Back in stock',
  'Birthday',
  'Price drop',
  'VIP welcome',
  'Sunset',
];
export const SUBJECTS = [
  'New arrivals are here',
  '24 h only: 20 % off',
  'Made for rain',
  'Your summer edit',
  'Last chance 🎁',
  'Back by demand',
  'Thank you, {{ first_name }}',
  'The cosy issue',
];
export const TAGS = ['seasonal', 'evergreen', 'promo', 'transactional'];
