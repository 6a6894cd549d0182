/** A statement on paper: A4, one column of figures, as many pages as it takes. */
import type { PlanLine, Statement } from "@parley/contract/billing";
import PDFDocument from "pdfkit";
import { divideRounded } from "../usage/index.ts";
import { minorToText } from "./minor-units.ts";
import { drawTable, heading, note, printable, type Sheet, type TableColumn } from "./statement-sheet.ts";

const monthNames = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const dayNames = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const numbers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });

const day = (text: string) => dayNames.format(new Date(`${text}T00:00:00Z`));
const minutes = (seconds: number) => numbers.format(seconds / 60);
const grouped = (amount: string) => amount.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
const minor = (amount: number, currency: string) => `${currency} ${grouped(minorToText(amount, currency))}`;
/** To the hundredth of a cent; the CSV has the rest. */
const micros = (amount: number, currency: string) => {
  const text = divideRounded(BigInt(amount), 100n).toString().padStart(5, "0");
  return `${currency} ${grouped(`${text.slice(0, -4)}.${text.slice(-4)}`)}`;
};

/** Resolves with the file. Rejects when the document cannot be made. */
export function statementPdf(statement: Statement): Promise<Buffer> {
  const { month, organization } = statement;
  const doc = new PDFDocument({
    size: "A4",
    margins: { top: 56, bottom: 64, left: 56, right: 56 },
    bufferPages: true,
    lang: "en",
    info: { Title: `Statement ${month}`, Author: "Parley", Subject: printable(organization.name) ?? organization.id },
  });
  const pieces: Buffer[] = [];
  doc.on("data", (piece: Buffer) => void pieces.push(piece));
  const whole = new Promise<Buffer>((resolve, reject) => {
    doc.once("end", () => resolve(Buffer.concat(pieces)));
    doc.once("error", reject);
  });
  const sheet: Sheet = { doc, left: 56, width: doc.page.width - 112 };
  drawHead(sheet, statement);
  drawPlan(sheet, statement);
  drawMinutes(sheet, statement);
  drawVendors(sheet, statement);
  numberPages(sheet, statement);
  doc.end();
  return whole;
}

function drawHead({ doc, left, width }: Sheet, { month, period, organization, closedAt }: Statement): void {
  const name = printable(organization.name);
  doc.font("Helvetica-Bold").fontSize(22).fillColor("#111827").text("Statement", left, 56);
  doc
    .font("Helvetica")
    .fontSize(11)
    .fillColor("#4b5563")
    .text(monthNames.format(new Date(`${month}-01T00:00:00Z`)), left, 62, { width, align: "right" });
  doc
    .moveTo(left, 92)
    .lineTo(left + width, 92)
    .lineWidth(1)
    .strokeColor("#d1d5db")
    .stroke();
  doc
    .font("Helvetica-Bold")
    .fontSize(12)
    .fillColor("#111827")
    .text(name ?? organization.id, left, 106, { width: width / 2 });
  doc.font("Helvetica").fontSize(9).fillColor("#4b5563");
  if (name === undefined) {
    doc.text("The organisation's name is not set in Latin letters; the CSV and JSON of this statement carry it.", {
      width: width / 2 - 16,
    });
  } else doc.text(organization.id, { width: width / 2 });
  const facts = [
    `${day(period.from)} to ${day(period.to)}`,
    `Days of the time zone ${period.timeZone}`,
    closedAt === null ? "Not closed: the figures still grow" : `Closed on ${day(closedAt.slice(0, 10))}`,
  ];
  doc.text(facts.join("\n"), left + width / 2, 106, { width: width / 2, align: "right", lineGap: 2 });
  doc.x = left;
  doc.y = Math.max(doc.y, 158);
}

const titles: Readonly<Record<PlanLine["kind"], string>> = {
  "set-up": "Set-up fee",
  monthly: "Monthly fee",
  minutes: "Minutes",
};

function describe({
  kind,
  plan,
  from,
  to,
  usedSeconds,
  includedSeconds,
  overSeconds,
  pricePerMinute,
  currency,
}: PlanLine) {
  const name = printable(plan) ?? "Plan";
  if (kind !== "minutes") return `${name}, ${day(from)} to ${day(to)}`;
  const used = `${minutes(usedSeconds ?? 0)} used, ${minutes(includedSeconds ?? 0)} included`;
  const over = (overSeconds ?? 0) > 0 ? `; ${minutes(overSeconds ?? 0)} over at ${currency} ${pricePerMinute}` : "";
  return `${used}${over}`;
}

const planColumns: readonly TableColumn[] = [
  { title: "Item", share: 0.22 },
  { title: "", share: 0.55 },
  { title: "Amount", share: 0.23, align: "right" },
];

function drawPlan(sheet: Sheet, { lines, totals }: Statement): void {
  heading(sheet, "Charges");
  if (lines.length === 0)
    return note(sheet, "No plan is assigned to this organisation: nothing is charged by this statement.");
  const sums = totals.flatMap(({ currency, net, tax, total }) => [
    { cells: ["Net", "", minor(net, currency)], isRuled: true },
    tax === null
      ? { cells: ["Tax", "none is reckoned on this statement", "-"] }
      : { cells: [printable(tax.label) ?? "Tax", `${tax.percent} %`, minor(tax.amount, currency)] },
    { cells: ["Total", "", minor(total, currency)], isStrong: true, isRuled: true },
  ]);
  drawTable(sheet, planColumns, [
    ...lines.map((line) => ({ cells: [titles[line.kind], describe(line), minor(line.amount, line.currency)] })),
    ...sums,
  ]);
}

const minuteColumns: readonly TableColumn[] = [
  { title: "Agent", share: 0.46 },
  { title: "Channel", share: 0.18 },
  { title: "Calls", share: 0.16, align: "right" },
  { title: "Minutes", share: 0.2, align: "right" },
];

function drawMinutes(sheet: Sheet, { minutes: rows }: Statement): void {
  heading(sheet, "Calls by agent");
  if (rows.length === 0) return note(sheet, "There were no calls.");
  drawTable(
    sheet,
    minuteColumns,
    rows.map(({ agentId, agentName, channel, calls, seconds }) => ({
      cells: [printable(agentName) ?? agentId, channel, numbers.format(calls), minutes(seconds)],
    })),
  );
  note(
    sheet,
    "As they lasted. Charged minutes are rounded by the plan's rule; conversations by text have no charged minutes.",
  );
}

const vendorColumns: readonly TableColumn[] = [
  { title: "Vendor", share: 0.19 },
  { title: "Used", share: 0.42 },
  { title: "Paid by", share: 0.17 },
  { title: "Cost", share: 0.22, align: "right" },
];

function drawVendors(sheet: Sheet, { vendorCosts, vendorTotals }: Statement): void {
  heading(sheet, "What vendors charge");
  if (vendorCosts.length === 0) return note(sheet, "Nothing was used of any vendor.");
  const rows = vendorCosts.map(({ provider, unit, quantity, paidBy, cost, isComplete }) => ({
    cells: [
      ...[provider, `${numbers.format(quantity)} ${unit.replaceAll("-", " ")}`],
      ...[paidBy, isComplete ? micros(cost.micros, cost.currency) : "not known"],
    ],
  }));
  const sums = vendorTotals.map((cost) => ({
    ...{ cells: ["Together", "", "", micros(cost.micros, cost.currency)], isStrong: true, isRuled: true },
  }));
  drawTable(sheet, vendorColumns, [...rows, ...sums]);
  note(sheet, "For information: by the price table of this installation, and not part of the charges above.");
}

function numberPages({ doc, left, width }: Sheet, { month, organization }: Statement): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    // Below the margin; otherwise the text would open a page of its own.
    doc.page.margins.bottom = 0;
    const y = doc.page.height - 44;
    doc.font("Helvetica").fontSize(8).fillColor("#6b7280");
    doc.text(`Statement ${month} · ${organization.id}`, left, y, { width: width / 2, lineBreak: false });
    doc.text(`${page - start + 1} / ${count}`, left + width / 2, y, {
      width: width / 2,
      align: "right",
      lineBreak: false,
    });
  }
}
