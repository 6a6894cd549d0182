/** What customers are told, in English and Egyptian Arabic. The owner's own texts come before these. */
import type { CustomerText, NotificationSettings, textVariables } from "@parley/contract/notifications";
import { DateTime } from "luxon";
import type { CustomerKind } from "./notifications.table.ts";

export type Language = "en" | "ar";
export type Variables = Readonly<Record<(typeof textVariables)[number], string>>;

export const toLanguage = (tag: string | null | undefined): Language =>
  tag?.toLowerCase().split("-")[0] === "ar" ? "ar" : "en";

type Told = Exclude<CustomerKind, "from-agent">;

const builtIn: Readonly<Record<Language, Readonly<Record<Told, string>>>> = {
  en: {
    confirmation: "{{business}}: {{name}}, your {{service}} is booked for {{day}} at {{time}}.",
    moved: "{{business}}: {{name}}, your {{service}} is now on {{day}} at {{time}}.",
    cancelled: "{{business}}: {{name}}, your {{service}} on {{day}} at {{time}} is cancelled.",
    declined:
      "{{business}}: {{name}}, {{day}} at {{time}} cannot be had after all, and your {{service}} is not booked. Please call {{phone}}.",
    reminder: "{{business}}: {{name}}, a reminder of your {{service}} on {{day}} at {{time}}.",
    "reply-confirmed": "{{business}}: thank you, we expect you on {{day}} at {{time}}.",
    "reply-cancelled":
      "{{business}}: your {{service}} on {{day}} at {{time}} is cancelled. To book another time, call {{phone}}.",
    "reply-too-late": "{{business}}: this could not be done by text. Please call {{phone}}.",
    "reply-nothing": "{{business}}: there is no coming appointment under this number. Please call {{phone}}.",
    "reply-help":
      "{{business}}: texts about your appointments. C confirms, X cancels, STOP ends these texts. Call {{phone}}.",
  },
  ar: {
    confirmation: "{{business}}: أهلًا {{name}}، معاد {{service}} اتحجز يوم {{day}} الساعة {{time}}.",
    moved: "{{business}}: أهلًا {{name}}، معاد {{service}} بقى يوم {{day}} الساعة {{time}}.",
    cancelled: "{{business}}: أهلًا {{name}}، معاد {{service}} يوم {{day}} الساعة {{time}} اتلغى.",
    declined:
      "{{business}}: أهلًا {{name}}، معاد {{service}} يوم {{day}} الساعة {{time}} طلع مش متاح وماتحجزش. من فضلك كلمنا على {{phone}}.",
    reminder: "{{business}}: أهلًا {{name}}، بنفكرك بمعاد {{service}} يوم {{day}} الساعة {{time}}.",
    "reply-confirmed": "{{business}}: شكرًا، مستنيينك يوم {{day}} الساعة {{time}}.",
    "reply-cancelled":
      "{{business}}: معاد {{service}} يوم {{day}} الساعة {{time}} اتلغى. لو عايز معاد تاني كلمنا على {{phone}}.",
    "reply-too-late": "{{business}}: ماقدرناش نعمل ده برسالة. من فضلك كلمنا على {{phone}}.",
    "reply-nothing": "{{business}}: مفيش معاد جاي بالرقم ده. من فضلك كلمنا على {{phone}}.",
    "reply-help": "{{business}}: رسايل عن مواعيدك. C للتأكيد، X للإلغاء، STOP لوقف الرسايل. كلمنا على {{phone}}.",
  },
};

const hints: Readonly<Record<Language, string>> = {
  en: "Reply C to confirm, X to cancel, STOP to end texts.",
  ar: "ابعت C للتأكيد أو X للإلغاء أو STOP لوقف الرسايل.",
};
const asksForReply: ReadonlySet<Told> = new Set(["confirmation", "moved", "reminder"]);

const subjects: Readonly<Record<Language, Readonly<Record<CustomerText, string>>>> = {
  en: {
    confirmation: "{{service}} on {{day}} at {{time}}",
    moved: "Moved: {{service}} on {{day}} at {{time}}",
    cancelled: "Cancelled: {{service}} on {{day}} at {{time}}",
    reminder: "Reminder: {{service}} on {{day}} at {{time}}",
  },
  ar: {
    confirmation: "معاد {{service}} يوم {{day}} الساعة {{time}}",
    moved: "معاد {{service}} بقى يوم {{day}} الساعة {{time}}",
    cancelled: "اتلغى معاد {{service}} يوم {{day}} الساعة {{time}}",
    reminder: "تذكير: معاد {{service}} يوم {{day}} الساعة {{time}}",
  },
};

/** One line each: what a caller was called is not to look like a text of its own. */
const fill = (template: string, variables: Variables): string =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, name: string) => {
    const value = variables[name as keyof Variables] ?? "";
    return value.replace(/\s+/g, " ").trim();
  });

interface Worded {
  readonly kind: Told;
  readonly language: Language;
  readonly variables: Variables;
  readonly settings: NotificationSettings;
}

export const isCustomerText = (kind: Told): kind is CustomerText => kind in subjects.en;

const templateOf = ({ kind, language, settings }: Omit<Worded, "variables">) =>
  settings.texts.find((own) => own.kind === kind && own.language === language)?.text ?? builtIn[language][kind];

export function textOf(worded: Worded): string {
  const said = fill(templateOf(worded), worded.variables);
  return asksForReply.has(worded.kind) ? `${said} ${hints[worded.language]}` : said;
}

export function mailOf(worded: Worded & { readonly kind: CustomerText }): { subject: string; text: string } {
  const { kind, language, variables } = worded;
  return { subject: fill(subjects[language][kind], variables), text: fill(templateOf(worded), variables) };
}

/** `Tuesday 24 November`, `10:00 AM`; in Arabic with the digits that every telephone shows. */
export function dayAndTime(atMs: number, zone: string, language: Language): { day: string; time: string } {
  const at = DateTime.fromMillis(atMs, { zone });
  if (language === "en")
    return { day: at.setLocale("en").toFormat("cccc d LLLL"), time: at.setLocale("en").toFormat("h:mm a") };
  const arabic = at.reconfigure({ locale: "ar-EG", numberingSystem: "latn" });
  return {
    day: arabic.toFormat("cccc d LLLL"),
    time: `${at.toFormat("h:mm")} ${at.hour < 12 ? "الصبح" : at.hour < 17 ? "الضهر" : "بالليل"}`,
  };
}
