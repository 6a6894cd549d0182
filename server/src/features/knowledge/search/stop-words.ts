/** Words that say nothing about what is being looked for, in the spelling of `kernel/search-words.ts`. */

const english = `a about actually after again all also am an and any anybody anyone anything are arent around as ask at be because been
before being but by call calling can cant could couldnt did didnt do does doesnt doing dont each either else every for from get gets
getting give go going gonna got had has hasnt have havent having he hello her here hey hi him his how i id if ill im in into is isnt
it its ive just kind know let lets like little look looking lot may maybe me mean might mine more most much must my myself need no nor
not now of off oh ok okay on one only or other our ours out over own please quick quickly really right said say see she should so some
somebody someone something sort still such sure tell than thank thanks that thats the their them then there theres these they theyre
thing things think this those to too uh um until up us very wanna want wanted was wasnt we well were weve what whats when where wheres
which while who whose why will with without wonder wondering would wouldnt yes yet you youd your youre yours`;

const arabic = `من في علي الي عن مع هو هي هم هما انا انت انتي انتم انتو احنا نحن هل ما ماذا اي ايه ايش كان كانت كنت يكون تكون التي الذي
الذين اللي هذا هذه ذلك تلك هولا دي ده دا دول يا لو سمحت سمحتي فضلك عايز عاوز عايزه عاوزه عايزين محتاج محتاجه اريد نريد ارغب ممكن اقدر
تقدر اعرف عارف عند عندكم عندك عندكو عندي عندنا لدي لديكم لدينا فيه فيها فيهم مفيش مش ليس ليست لا نعم ايوه اه بس كمان ايضا او ام ثم ان
انه انها انهم لان عشان علشان قد لقد كل بعض غير الا حتي اذا اذ اما لكن بل و ب ل ف ازاي كيف متي امتي اين فين ليه لماذا كم كام بكام به
بها له لها لهم لك لكم ليكم منه منها منهم عليه عليها عليهم عنه عنها هناك هنا هنه الان دلوقتي طيب طب يعني خلاص برضه برضو تمام شكرا مرحبا
السلام عليكم اهلا الو حضرتك حضرتكم لي ليا بتاع بتاعه بتاعت بتاعكم تم يتم سوف لم لن اليس وهل وما وهو وهي قولي قوللي تقولي بالنسبه`;

const englishStops = new Set(english.split(/\s+/));
const arabicStops = new Set(arabic.split(/\s+/));

/** Of Latin letters only English is known here; other languages keep all their words. */
export function isStopWord(word: string, language: string): boolean {
  if (arabicStops.has(word)) return true;
  return /^(?:en|ar)\b/i.test(language) && englishStops.has(word);
}
