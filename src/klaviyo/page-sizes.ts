/**
 * How many objects a page is asked to hold, by endpoint: as many as it allows, and half of that where so many were
 * refused, too heavy to be served, or too large to be held. A smaller size stays for the rest of the run.
 *
 * A 503 is doubtful, as an outage gives it too. So the size before is tried once more when a smaller page was served:
 * if that works it was an outage, if not the page was too heavy.
 */
import type { Resource } from '../resource.js';

interface Known {
  readonly size: number;
  /** Smaller than this because of 503 alone. */
  readonly before?: number;
  /** This size is tried once more; such a one was served. */
  readonly served?: number;
}

/** A page is not too heavy for having met one bad moment. */
const TRIES = 3;

export interface PageSizes {
  readonly of: (resource: Resource) => number | undefined;
  /** True if the next page is to be smaller than one of `asked`, which was too large. */
  readonly halve: (resource: Resource, asked: number | undefined, least: 'default' | 'one') => boolean;
  /** The same, after a page was answered with 503 for so many times running. */
  readonly strained: (resource: Resource, asked: number | undefined, times: number) => boolean;
  readonly served: (resource: Resource, asked: number | undefined) => void;
}

export function createPageSizes(): PageSizes {
  const sizes = new Map<string, Known>();
  const of = ({ path, pageSize }: Resource): number | undefined =>
    pageSize === undefined ? undefined : (sizes.get(path)?.size ?? pageSize.max);

  const halve: PageSizes['halve'] = (resource, asked, least) => {
    const now = of(resource);
    if (asked === undefined || now === undefined || resource.pageSize === undefined) return false;
    // Others under way have found the same.
    if (now < asked) return true;
    const size = Math.max(least === 'one' ? 1 : resource.pageSize.default, Math.floor(asked / 2));
    if (size >= asked) return false;
    sizes.set(resource.path, { size });
    return true;
  };

  return {
    of,
    halve,
    strained(resource, asked, times) {
      const known = sizes.get(resource.path);
      if (known?.served !== undefined && asked === known.size) {
        sizes.set(resource.path, { size: known.served });
        return true;
      }
      if (times % TRIES !== 0 || !halve(resource, asked, 'default')) return false;
      const now = sizes.get(resource.path);
      const before = known?.before ?? asked;
      if (now !== undefined && before !== undefined) sizes.set(resource.path, { size: now.size, before });
      return true;
    },
    served(resource, asked) {
      const known = sizes.get(resource.path);
      if (known === undefined || asked === undefined) return;
      if (known.before !== undefined && asked <= known.size)
        sizes.set(resource.path, { size: known.before, served: asked });
      else if (known.served !== undefined && asked === known.size)
        sizes.set(resource.path, { size: known.size });
    },
  };
}
