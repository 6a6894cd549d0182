/** A statement for a spreadsheet: one table, whose first column says which part of the statement a row belongs to. */
import type { Statement } from "@parley/contract/billing";
import { stringify } from "csv-stringify/sync";
import { microsToText } from "../usage/index.ts";
import { minorToText } from "./minor-units.ts";

const columns = ["part", "item", "detail", "from", "to", "quantity", "unit", "amount", "currency"];

/** Told to the hundredth. */
const toMinutes = (seconds: number) => (seconds / 60).toFixed(2);

type Row = readonly (string | number | null)[];

function lineRows({ lines }: Statement): Row[] {
  return lines.map((line) => [
    ...["plan", line.kind, line.plan, line.from, line.to],
    ...(line.kind === "minutes" ? [toMinutes(line.usedSeconds ?? 0), "minutes used"] : [null, null]),
    ...[minorToText(line.amount, line.currency), line.currency],
  ]);
}

function totalRows({ totals, period: { from, to } }: Statement): Row[] {
  return totals.flatMap(({ currency, net, tax, total }): Row[] => [
    ["total", "net", null, from, to, null, null, minorToText(net, currency), currency],
    ...(tax === null
      ? []
      : [
          [
            "total",
            "tax",
            `${tax.label} ${tax.percent} %`,
            from,
            to,
            null,
            null,
            minorToText(tax.amount, currency),
            currency,
          ],
        ]),
    ["total", "total", null, from, to, null, null, minorToText(total, currency), currency],
  ]);
}

export function statementCsv(statement: Statement): string {
  const { period, organization, closedAt, minutes, vendorCosts } = statement;
  const { from, to, timeZone } = period;
  const head: Row[] = [
    ["statement", organization.name, organization.id, from, to, null, null, null, null],
    ["statement", "time zone", timeZone, from, to, null, null, null, null],
    ["statement", "closed", closedAt ?? "not closed", from, to, null, null, null, null],
  ];
  const spoken = minutes.map(({ agentId, agentName, channel, calls, seconds }): Row => {
    return [
      "minutes",
      agentName,
      `${agentId} ${channel} ${calls} calls`,
      from,
      to,
      seconds / 60,
      "minutes",
      null,
      null,
    ];
  });
  const vendors = vendorCosts.map(({ provider, unit, quantity, paidBy, cost }): Row => {
    return [
      "vendor",
      provider,
      `paid by ${paidBy}`,
      from,
      to,
      quantity,
      unit,
      microsToText(BigInt(cost.micros)),
      cost.currency,
    ];
  });
  const rows = [...head, ...lineRows(statement), ...totalRows(statement), ...spoken, ...vendors];
  return stringify([...rows.map((row) => [...row])], { header: true, columns, escape_formulas: true, bom: true });
}
