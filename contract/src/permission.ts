/** What a signed-in party may do. A route names one; a role or an API key holds several. */
export const permissions = ["calls:read", "calls:write", "system:read"] as const;
export type Permission = (typeof permissions)[number];
