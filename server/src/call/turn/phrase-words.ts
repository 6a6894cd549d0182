/** Word lists that say how a phrase ends, in English and (Egyptian first) Arabic. All in `normaliseWord`'s form. */

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

function phrases(list: string): ReadonlySet<string> {
  return new Set(
    list
      .split("|")
      .map((phrase) => phrase.trim())
      .filter((phrase) => phrase !== ""),
  );
}

/** After one of these the speaker goes on. */
export const openWords = words(`
  and or but because cause so if when while that which who whose than then though although unless until since whether plus
  to for of from with without at on in into onto by about between before after during against under over via as like near
  a an the my your his her its our their this these those some any every another either neither
  um uh uhm umm erm er hmm hm eh
  i i'm i'd i'll i've we we're we'd we'll he's she's they're it's that's there's what's
  is are was were am be been do does did have has had will would can could should might may must gonna wanna want
  need let's basically actually maybe perhaps well also just very really
  و او بس عشان علشان لان لانه لاني يعني طب اصل اصلا لو لما ان انه اني انا احنا اللي الي عايز عاوز عايزه عاوزه نفسي محتاج محتاجه
  في فى من الى لحد على علي عن مع عند بتاع بتاعت بتاعة قبل بعد بين زي غير حوالي تقريبا كمان برضه برضو ثم لكن ولكن وكمان وبعدين فا
  هو هي ده دي كان كانت ممكن رقمي نمرتي اسمي ايميلي عنواني عمري مم ممم امم اممم اا ااا اه اممممم
`);

/** "yes" in Arabic and a hesitation both begin with it: alone it answers, at the end of a phrase it does not hold the floor. */
export const neverOpenAlone = words("اه");

/** Open only together: the last two, three or four words. */
export const openPhrases = phrases(`
  my name is|my number is|my phone number is|phone number is|number is|my email is|email is|address is|name is|it is|that is
  |want to|would like|i'd like|like to|need to|going to|trying to|able to|have to|i think|i guess|i mean|you know|let me see|let me think
  |let me check|hold on|one second|one moment|wait a second|wait a minute|give me a second|just a second|just a moment|kind of|sort of
  |such as|as well as|in order to|looking for|looking to|calling about|calling to|calling for|can you|could you|do you|would you|will you
  |can i|could i|may i|should i|i was|i have|i need|i want|can you tell me|could you tell me|tell me|how about|what about|book a|the
  |رقم تليفوني|رقم موبايلي|رقم الموبايل|رقم التليفون|رقمي هو|اسمي هو|الاسم|الايميل بتاعي|الرقم بتاعي|نمرة تليفوني
  |انا عايز|انا عاوز|انا كنت|كنت عايز|كنت عاوز|عايز احجز|عاوز احجز|عايزه احجز|ثانيه واحده|ثانيه بس|لحظه واحده|لحظه|ثواني|دقيقه واحده|استني|استنى
  |على فكره|يوم|الساعه|مش عارف|انت عارف|بص|بصي|خليني اشوف|اشوف كده|حضرتك ممكن|لو سمحت ممكن|لو ممكن|عايز اسال|عاوز اسال|علي اساس
`);

/** A phrase that ends so sounds finished without any punctuation. */
export const completeWords = words(`
  please thanks bye goodbye cheers tomorrow today tonight monday tuesday wednesday thursday friday saturday sunday o'clock
  pm am p.m a.m noon midnight morning afternoon evening january february april june july august september october november december
  شكرا متشكر متشكره بكره النهارده انهارده امبارح الصبح الضهر العصر المغرب العشا بالليل السبت الاحد الاتنين الثلاثاء التلات الاربع الاربعاء الخميس
  الجمعه سلام باي ايه امتي امتى ازاي فين كام بكام ليه مين دلوقتي كده
`);

export const completePhrases = phrases(`
  thank you|thank you very much|that's all|that's it|that is all|that works|sounds good|sounds great|that's fine|that's right|of course
  |think so|no problem|see you|never mind|all set|for me|how much|how long|what time|right now|next week|this week|next month|half past
  |لو سمحت|لو سمحتي|من فضلك|شكرا جزيلا|مع السلامه|بس كده|ان شاء الله|متشكر جدا|شكرا ليك|الاسبوع الجاي|الشهر الجاي|ولا لا|ولا ايه|يا ريت|السلام عليكم|الف شكر
`);

export const questionStarters = words(`
  what when where why who how which do does did is are was were can could will would should may have has
  هل ازاي امتي امتى فين ليه مين كام بكام ايه هو هي ممكن عندكم عندكو
`);

/** A whole utterance of these answers a question: nothing more is waited for. */
export const shortAnswerWords = words(`
  yes yeah yep yup ya yah no nope nah ok okay okey sure correct exactly right absolutely definitely certainly fine great perfect please thanks
  alright agreed negative true false mhm mmhm mm-hm mhmm mmhmm mm-hmm uh-huh uhhuh nuh-uh yes-please indeed totally sir ma'am
  اه ايوه ايوا ايو اها ايه لا لاء لأ لاا نعم ماشي تمام اوكي اوكيه اوك حاضر صح مظبوط بالظبط اكيد طبعا موافق موافقه شكرا طيب حلو كويس جميل كده ياريت كلا ابدا خالص اجل بلي خلاص مفيش فعلا صحيح يافندم
`);

export const shortAnswerPhrases = phrases(`
  thank you|of course|that's right|that's correct|that is correct|that's fine|that works|sounds good|not really|i do|i don't|no problem
  |no thank you|yes thank you|why not|go ahead|got it|i see|no way|you bet|for sure|it is|it's not|yes it is|no it's not|yes i do|no i don't|yes i am|i am
  |ان شاء الله|يا فندم|لو سمحت|من فضلك|مش عايز|مش عاوز|ولا حاجه|يا ريت|مفيش مشكله|مافيش مشكله|مش مشكله|على طول|الحمد لله
`);

/** A whole utterance of these says "go on", and asks for nothing. */
export const backchannelWords = words(`
  mm mmm mhm mmhm mm-hm mhmm mmhmm mm-hmm mm-mm uh-huh uhhuh uhuh aha ah oh ooh hm hmm hmmm yeah yep yup yes ya right ok okay okey sure alright cool nice great good
  wow really true exactly indeed
  اه ايوه ايوا ايو اها تمام مم ممم مممم امم اممم ماشي طيب اوكي اوكيه اوك حاضر صح نعم حلو كويس جميل اكيد مظبوط فعلا
`);

export const backchannelPhrases = phrases("i see|got it|uh huh|mm hm|mm hmm|of course|all right|يا فندم|طيب تمام");

/** Their digit, or the number they stand for; two digits or more do not make a dictation by themselves. */
export const digitWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    zero: "0",
    oh: "0",
    o: "0",
    nought: "0",
    one: "1",
    two: "2",
    three: "3",
    four: "4",
    five: "5",
    six: "6",
    seven: "7",
    eight: "8",
    nine: "9",
    صفر: "0",
    زيرو: "0",
    واحد: "1",
    اتنين: "2",
    اثنين: "2",
    تلاته: "3",
    ثلاثه: "3",
    اربعه: "4",
    خمسه: "5",
    سته: "6",
    سبعه: "7",
    تمانيه: "8",
    تمنيه: "8",
    ثمانيه: "8",
    تسعه: "9",
  }),
);

export const tensWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ten: "10",
    eleven: "11",
    twelve: "12",
    thirteen: "13",
    fourteen: "14",
    fifteen: "15",
    sixteen: "16",
    seventeen: "17",
    eighteen: "18",
    nineteen: "19",
    twenty: "20",
    thirty: "30",
    forty: "40",
    fifty: "50",
    sixty: "60",
    seventy: "70",
    eighty: "80",
    ninety: "90",
    عشره: "10",
    حداشر: "11",
    اتناشر: "12",
    تلتاشر: "13",
    اربعتاشر: "14",
    خمستاشر: "15",
    ستاشر: "16",
    سبعتاشر: "17",
    تمنتاشر: "18",
    تسعتاشر: "19",
    عشرين: "20",
    تلاتين: "30",
    اربعين: "40",
    خمسين: "50",
    ستين: "60",
    سبعين: "70",
    تمانين: "80",
    تسعين: "90",
    ميه: "100",
  }),
);

/** The number that follows is dictated, however short. */
export const numberContext = words(
  "number phone mobile cell extension code pin zip postcode id digits رقم رقمي نمره نمرتي تليفوني موبايلي تليفون موبايل الرقم النمره الكود كود الموبايل التليفون",
);
export const emailContext = words("email e-mail mail gmail ايميل ايميلي الايميل الاميل اميلي اميل ميلي");
export const spellingContext = words("spelled spelt spell spelling spells letters بتتكتب تتهجي اتهجي حروف هجاء تهجئه");

export const arabicLetterNames = words(`
  الف ألف با باء تا تاء ثا ثاء جيم حا حاء خا خاء دال ذال را راء زين زاي سين شين صاد ضاد طا طاء ظا ظاء عين غين فا فاء قاف كاف لام ميم نون ها هاء واو يا ياء همزه
`);
