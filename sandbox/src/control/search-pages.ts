/** What the search engines' stand-ins know of the web. */
export interface FoundPage {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

const known: readonly FoundPage[] = [
  {
    title: "Parking near City Hall",
    url: "https://example.com/parking",
    text: "The car park in <strong>Mill Street</strong> is open day &amp; night.",
  },
  { title: "Weather for Cairo", url: "https://example.org/cairo", text: "Sunny, 31 degrees, light wind." },
  { title: "مواقف السيارات", url: "https://example.net/ar", text: "موقف شارع النيل مفتوح كل يوم." },
];

/** All of them for any query, but none for one that says "nothing". */
export const pagesFor = (query: string, pages: readonly FoundPage[] = known): readonly FoundPage[] =>
  query.includes("nothing") ? [] : pages;
