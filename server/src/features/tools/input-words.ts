/** Parts that inputs of tools are made of. */
import { z } from "zod";

export const words = (max: number) => z.string().trim().min(1, "must not be empty").max(max);

export const localTime = words(60).describe(
  "Date and time, ISO 8601, such as 2026-11-23T10:00; local time of the business when it has no offset.",
);

export const callerPhone = words(60).describe("The caller's phone number.");
