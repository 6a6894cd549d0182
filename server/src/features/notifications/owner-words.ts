/** What the owner is told. */
import type { MessageContent } from "../messages/index.ts";
import type { OwnerKind } from "./notifications.table.ts";
import type { Language } from "./templates.ts";

export interface OwnerNews {
  readonly kind: Exclude<OwnerKind, "digest">;
  readonly language: Language;
  readonly business: string;
  /** Local, of the appointment or the call. */
  readonly day: string;
  readonly time: string;
  readonly service?: string;
  readonly person?: { readonly name?: string; readonly phone?: string };
  readonly message?: MessageContent;
  readonly link: string;
}

export interface DigestFigures {
  readonly calls: number;
  readonly bookings: number;
  readonly moved: number;
  readonly cancellations: number;
  readonly messages: number;
  readonly missed: number;
  readonly openMessages: number;
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

function headOf({ kind, language, day, time, service = "" }: OwnerNews): string {
  const when = language === "ar" ? `يوم ${day} الساعة ${time}` : `on ${day} at ${time}`;
  const heads =
    language === "ar"
      ? {
          "owner-message": "رسالة جديدة",
          "owner-missed-call": `مكالمة فاتتك ${when}`,
          "owner-booking": `حجز جديد: ${service} ${when}`,
          "owner-moved": `معاد اتغير: ${service} ${when}`,
          "owner-cancellation": `معاد اتلغى: ${service} ${when}`,
        }
      : {
          "owner-message": "New message",
          "owner-missed-call": `Missed call ${when}`,
          "owner-booking": `New booking: ${service} ${when}`,
          "owner-moved": `Moved: ${service} is now ${when}`,
          "owner-cancellation": `Cancelled: ${service} ${when}`,
        };
  return oneLine(heads[kind]);
}

function personOf({ person, message }: OwnerNews): string {
  const name = person?.name ?? message?.name;
  const phone = message?.phone ?? person?.phone;
  return [name, phone]
    .filter((part) => part !== undefined && part !== "")
    .map((part) => oneLine(String(part)))
    .join(", ");
}

export function ownerMail(news: OwnerNews): { subject: string; text: string } {
  const head = headOf(news);
  const person = personOf(news);
  const lines = [`${news.business}: ${head}`, person, news.message?.message ?? "", news.link, "Parley"];
  return {
    subject: person === "" ? head : `${head} (${person})`.slice(0, 200),
    text: lines.filter((line) => line !== "").join("\n\n"),
  };
}

const longestOwnerText = 300;

export function ownerText(news: OwnerNews): string {
  const parts = [`${news.business}: ${headOf(news)}.`, personOf(news), oneLine(news.message?.message ?? "")];
  return parts
    .filter((part) => part !== "")
    .join(" ")
    .slice(0, longestOwnerText);
}

export function digestMail(
  figures: DigestFigures,
  about: { business: string; day: string; language: Language; link: string },
) {
  const { business, day, language, link } = about;
  const { calls, bookings, moved, cancellations, messages, missed, openMessages } = figures;
  const rows: readonly (readonly [string, string, number])[] = [
    ["Calls", "مكالمات", calls],
    ["Missed calls", "مكالمات فاتت", missed],
    ["Bookings", "حجوزات", bookings],
    ["Moved", "مواعيد اتغيرت", moved],
    ["Cancellations", "مواعيد اتلغت", cancellations],
    ["New messages", "رسايل جديدة", messages],
    ["Messages nobody has seen to", "رسايل لسه محدش رد عليها", openMessages],
  ];
  const lines = rows.map(([english, arabic, count]) => `${language === "ar" ? arabic : english}: ${count}`).join("\n");
  const subject = language === "ar" ? `${business}: ملخص يوم ${day}` : `${business}: ${day} in figures`;
  return { subject: oneLine(subject), text: [subject, lines, link, "Parley"].join("\n\n") };
}
