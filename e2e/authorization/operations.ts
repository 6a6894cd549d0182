/** The operations of the served OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  /** A permission, `account`, `installation`; undefined for the public. */
  readonly permission: string | undefined;
  /** Documented. */
  readonly statuses: ReadonlySet<number>;
}

interface WrittenOperation {
  readonly operationId: string;
  readonly "x-permission"?: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

export async function readOperations(url: string): Promise<readonly Operation[]> {
  const answer = await fetch(`${url}/api/v1/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, WrittenOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, written]) => ({
      id: written.operationId,
      method: method.toUpperCase(),
      path,
      permission: written["x-permission"],
      statuses: new Set(Object.keys(written.responses).map(Number)),
    })),
  );
}

export const isOfOrganization = ({ permission }: Operation): boolean => permission?.includes(":") === true;
