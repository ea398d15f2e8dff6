// The JSON schema of a launch configuration, as `contributes.debuggers[].configurationAttributes` takes it.
import type { Attribute, Shape } from './attribute-shapes';
import { LAUNCH_ATTRIBUTES } from './launch-attributes';

export type JsonSchema = Record<string, unknown>;

function shapeSchema(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'text':
    case 'path':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', minimum: shape.least, maximum: shape.most };
    case 'address':
      return { type: ['string', 'integer'], pattern: '^(0[xX][0-9a-fA-F]+|[0-9]+)$', minimum: 0 };
    case 'size':
      return { type: ['string', 'integer'], pattern: '^(0[xX][0-9a-fA-F]+|[0-9]+)\\s*[KMGkmg]?(i?B)?$' };
    case 'choice':
      return {
        type: 'string',
        enum: Object.keys(shape.meanings),
        markdownEnumDescriptions: Object.values(shape.meanings),
      };
    case 'list':
      return { type: 'array', items: shapeSchema(shape.item) };
    case 'object':
      return objectSchema(shape.members);
    case 'map':
      return {
        type: 'object',
        patternProperties: { [shape.key.source]: shapeSchema(shape.entry) },
        properties: Object.fromEntries(shape.examples.map((name) => [name, shapeSchema(shape.entry)])),
        additionalProperties: false,
      };
    case 'either':
      return { anyOf: shape.shapes.map(shapeSchema) };
  }
}

function objectSchema(members: Readonly<Record<string, Attribute>>): JsonSchema {
  const required = Object.keys(members).filter((name) => members[name].required);
  return {
    type: 'object',
    properties: attributeSchemas(members),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function attributeSchemas(members: Readonly<Record<string, Attribute>>): JsonSchema {
  return Object.fromEntries(
    Object.entries(members).map(([name, { shape, description, default: standard }]) => [
      name,
      {
        ...shapeSchema(shape),
        markdownDescription: description,
        ...(standard === undefined ? {} : { default: standard }),
      },
    ]),
  );
}

/** The schema of `"request": "launch"`. */
export function launchSchema(): JsonSchema {
  return { properties: attributeSchemas(LAUNCH_ATTRIBUTES) };
}
