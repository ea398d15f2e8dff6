// Makes the paths of a launch configuration absolute: the adapter runs in a folder of its own.
import { posix, win32 } from 'node:path';
import type { Attribute, Shape } from '../../debug-adapter/protocol/attribute-shapes';
import { LAUNCH_ATTRIBUTES } from '../../debug-adapter/protocol/launch-attributes';

type PathRules = Pick<typeof posix, 'isAbsolute' | 'join'>;

function withinShape(value: unknown, shape: Shape, folder: string, rules: PathRules): unknown {
  switch (shape.kind) {
    case 'path':
      return typeof value === 'string' && value !== '' && !rules.isAbsolute(value)
        ? rules.join(folder, value)
        : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => withinShape(item, shape.item, folder, rules)) : value;
    case 'object':
      return mapEntries(value, (name, entry) => withinMember(entry, shape.members[name], folder, rules));
    case 'map':
      return mapEntries(value, (_, entry) => withinShape(entry, shape.entry, folder, rules));
    case 'either': {
      // A word with a meaning of its own, such as "generated", is no path.
      const isWord = shape.shapes.some(
        (one) => one.kind === 'choice' && typeof value === 'string' && Object.hasOwn(one.meanings, value),
      );
      return isWord
        ? value
        : shape.shapes.reduce((made, one) => withinShape(made, one, folder, rules), value);
    }
    default:
      return value;
  }
}

function withinMember(
  value: unknown,
  member: Attribute | undefined,
  folder: string,
  rules: PathRules,
): unknown {
  return member ? withinShape(value, member.shape, folder, rules) : value;
}

function mapEntries(value: unknown, make: (name: string, entry: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, make(name, entry)]));
}

/** A copy of the configuration in which every relative path begins at the folder. */
export function withAbsolutePaths<T extends object>(
  configuration: T,
  folder: string,
  rules: PathRules = process.platform === 'win32' ? win32 : posix,
): T {
  const members: Readonly<Record<string, Attribute>> = LAUNCH_ATTRIBUTES;
  return mapEntries(configuration, (name, value) =>
    Object.hasOwn(members, name) ? withinMember(value, members[name], folder, rules) : value,
  ) as T;
}
