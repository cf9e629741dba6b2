import { related, relatedIds } from '../klaviyo/json-api.js';
import type { Body, JsonApiObject } from '../resource.js';

/**
 * The included objects that belong to an object of the page: those its relationship names, or, where it does not
 * say, those that name it. One that is named but was not included has no row; its id stays in the parent's.
 */
export function* includedOf(
  parent: JsonApiObject,
  body: Body,
  how: { readonly relation: string; readonly type: string; readonly back: string },
): Iterable<JsonApiObject> {
  const ids = relatedIds(parent, how.relation);
  if (ids === null) {
    for (const object of body.included)
      if (object.type === how.type && related(object, how.back) === parent.id) yield object;
    return;
  }
  for (const id of ids) {
    const object = body.find(how.type, id);
    if (object !== undefined) yield object;
  }
}
