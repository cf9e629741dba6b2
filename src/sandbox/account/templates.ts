/** Templates: the shop's own, which are listed, and the copies that messages got, which are not. */
import { type Random, shortId } from '../random.js';
import type { AccountObject, Reach } from '../types.js';
import { lifetime, type Making } from './making.js';
import { PRODUCTS } from './words.js';

export interface Templates {
  readonly templates: AccountObject[];
  readonly reach: Map<string, Reach>;
  /** Makes one more, for a message. */
  add(name: string, reach: Reach): AccountObject;
}

export function makeTemplates(making: Making, listed: number): Templates {
  const chance = making.chance('templates');
  const templates: AccountObject[] = [];
  const reach = new Map<string, Reach>();
  const add = (name: string, how: Reach) => {
    const template = makeTemplate(chance, making, name);
    templates.push(template);
    reach.set(template.id, how);
    return template;
  };
  for (let index = 0; index < listed; index++) add(`Template ${index + 1}`, 'listed');
  return { templates, reach, add };
}

function makeTemplate(chance: Random, making: Making, name: string): AccountObject {
  const product = chance.pick(PRODUCTS);
  const editor = chance.pick(['SYSTEM_DRAGGABLE', 'SIMPLE', 'CODE', 'USER_DRAGGABLE']);
  return {
    type: 'template',
    id: shortId(chance),
    attributes: {
      name,
      editor_type: editor,
      html: `<html>\r\n<body style="margin:0">\n\t<h1>{{ first_name|default:"friend" }}, meet the ${product.name}</h1>\n<p>${'Lorem ipsum dolor sit amet. '.repeat(chance.int(4, 60))}</p>\n<img src="https://shop.example/${product.sku}.png" alt="${product.sku}"></body>\n</html>`,
      text: chance.chance(0.8) ? `Meet the ${product.name}\n\n{% unsubscribe %}` : null,
      amp: null,
      ...lifetime(chance, making.now, 600),
      ...(editor === 'SYSTEM_DRAGGABLE'
        ? {
            definition: {
              id: shortId(chance),
              template_id: null,
              body: { properties: {}, styles: { width: 600 }, sections: [] },
              styles: [],
            },
          }
        : {}),
    },
    relationships: {},
  };
}
