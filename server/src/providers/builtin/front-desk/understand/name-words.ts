/** Which words are names, and which never are. Folded, lower case. */
import { foldArabic } from "../language/normalize.ts";

function wordSet(words: string): ReadonlySet<string> {
  return new Set(foldArabic(words.toLowerCase()).split(/\s+/).filter(Boolean));
}

/** Given names of many callers: evidence where the words around prove nothing. Absent ones are asked for. */
const givenNames = wordSet(`
james john robert michael mike william david richard joseph joe thomas tom charles chris christopher daniel dan matthew matt anthony tony mark donald
steven steve paul andrew andy joshua josh kenneth ken kevin brian george edward ed ronald timothy tim jason jeffrey jeff ryan jacob gary nicholas nick
eric jonathan stephen larry justin scott brandon benjamin ben samuel sam gregory greg frank alexander alex patrick jack dennis jerry tyler aaron jose adam
henry nathan peter zachary kyle walter harold carl keith roger arthur terry sean austin christian albert ethan bryan bruce louis philip phil liam noah
oliver lucas mason logan elijah harry oscar leo simon martin ian neil graham stuart colin nigel derek gavin ross craig
mary patricia jennifer jenny linda elizabeth liz barbara susan sue jessica jess sarah sara karen lisa nancy betty sandra margaret ashley kimberly kim emily
donna michelle carol amanda melissa deborah stephanie steph rebecca becky sharon laura cynthia kathleen kathy amy angela shirley anna ann anne brenda pamela
emma nicole helen samantha katherine kate katie christine debra rachel carolyn janet maria catherine heather diane olivia julie joyce victoria vicky kelly
christina joan evelyn lauren judith megan andrea cheryl hannah jacqueline martha gloria teresa sophia sophie isabella mia charlotte chloe grace lucy alice
ruby molly claire fiona zoe ella lily holly gemma tracy wendy julia
ahmed ahmad mohamed mohammed muhammad mahmoud mostafa mustafa omar amr ali hassan hussein khaled khalid tarek tariq karim kareem youssef yousef yusuf ibrahim
hany hani sherif sameh sami samir walid waleed wael hossam hesham hisham ayman ashraf magdy tamer ramy rami fady fadi mina bishoy marwan ziad seif adel
nour noor fatma fatima mona hoda heba aya salma sara yasmin yasmine nada nadia dina rania reem hala mariam maryam marwa eman iman amira samira sahar
layla laila nesma habiba farida malak jana omnia shaimaa doaa asmaa esraa hadeer menna nourhan rana ghada manal maha noha nermin sherine
raj priya anil sunil amit deepak wei ming li chen yuki hiroshi kenji carlos juan pedro luis miguel jorge lucia elena ivan olga dmitri natasha svetlana pierre jean marie hans klaus
محمد احمد محمود مصطفى عمر عمرو علي حسن حسين خالد طارق كريم يوسف ابراهيم هاني شريف سامح سامي سمير وليد وائل حسام هشام ايمن اشرف مجدي تامر رامي فادي مينا بيشوي
مروان زياد سيف عادل عبد عبدالله عبدالرحمن عبدالعزيز عبده سعيد سيد السيد جمال كمال جلال صلاح فتحي رضا ياسر ياسين اسلام ايهاب عماد عصام نبيل فؤاد فاروق حمدي
ممدوح منصور ناصر نادر هيثم بلال بسام باسم انس مازن معتز مدحت مراد اسامه ادهم ادم اكرم انور ماجد مالك مؤمن نور حازم حاتم خليل داود رؤوف رفعت زكريا سليمان شادي
طه عاطف عثمان عزت غريب فارس فوزي قاسم لطفي ماهر مايكل جورج جرجس ميلاد مرقس مارك بولس بطرس كيرلس
فاطمه منى هدى هبه ايه سلمى ساره ياسمين ندى ناديه دينا رانيا ريم هاله مريم مروه ايمان اميره سميره سحر ليلى نسمه حبيبه فريده ملك جنى امنيه شيماء دعاء اسماء اسراء
هدير منه نورهان رنا غاده منال مها نهى نيرمين نرمين شيرين عبير عزه امل امال انتصار بسمه تهاني جيهان حنان خديجه زينب سعاد سناء سهير سوزان صفاء عائشه عفاف فايزه
كريمه كوثر لبنى لمياء ماجده مديحه ميرفت ناهد نجلاء نجوى نوال هناء وفاء يسرا ماري ماريان كريستين مارينا ساندي روان شهد جودي تقى رودينا نادين فرح`);

/** States, places and courtesies that follow "I'm", "it's" and "أنا", or answer "your name?" in place of one. */
const ordinary = wordSet(`
lost outside inside downstairs upstairs away abroad home work stuck late early down booked due allergic pregnant nervous scared worried confused
sick ill unwell poorly fine good great okay alright ready busy free available able unable afraid sorry glad happy sad angry tired hungry sure certain
gonna gotta wanna kinda sorta maybe perhaps probably actually honestly basically literally almost nearly nowhere somewhere everywhere here there
currently presently finally usually always never often sometimes once twice only even ever yet anyway whatever please thanks okay
parked standing walking driving sitting staying living based located near nearby close far across opposite behind
serious severe awful terrible horrible bad worse worst painful sore swollen broken loose bleeding killing hurting better best
important possible impossible urgent emergency nothing something anything everything someone anyone everyone nobody none somebody
long short big small old young new first second third last next other different wrong right correct true false
monday's tuesday's tomorrow's today's today's yesterday week weekend month year hour minute moment second sec day night time
a an the my your his her our their its it he she they we us me you i and or but if so then than that this these those what who whom which where when why how
patient customer client caller mother father mom dad son daughter wife husband brother sister friend child kid baby man woman lady sir madam miss
student doctor dentist nurse assistant teacher engineer driver insurance private nhs retired
hello hi hey bye goodbye wait hold hang let tell say give take make get go come see look listen know think mean guess believe hope wish like love hate
want need use try ask call ring phone text send leave put keep stop start help pay cost charge price book booking cancel change move reschedule
can could will would shall should may might must do does did done have has had is are was were be been being am not no yes yeah nope
about above after again against all any around as at because before below between both by during each few for from further in into more most of off on once
out over own same some such through to too under until up very with without within just also still already really quite pretty rather
asap half quarter noon midnight morning afternoon evening tonight appointment visit check checkup cleaning filling crown braces implant whitening
english arabic spanish speak talking person human robot machine message number address name mobile phone zero double triple seriously anyways
silly stupid crazy nuts noisy loud quiet nonsense annoying unfair rude funny weird strange mad insane unreal
alone together interested looking calling trying going coming having getting making thinking wondering hoping waiting
okay-ish cold hot warm half-past oclock pm am january february march april june july august september october november december
تايه تايهه واقف واقفه قاعد قاعده نازل نازله راكب راكبه سايق سايقه ماشي ماشيه رايح رايحه راجع راجعه داخل خارج بره برا تحت فوق قدام ورا جنب عند هنا هناك حوالين
مسافر مسافره مشغول مشغوله مستعجل مستعجله تعبان تعبانه عيان عيانه مريض مريضه موجوع خايف خايفه قلقان قلقانه زعلان مبسوط جعان حامل عندي عايز عايزه عاوز عاوزه
محتاج محتاجه حابب حابه ناوي ناويه فاكر فاكره ناسي ناسيه عارف عارفه فاهم فاهمه شايف شايفه سامع سامعه حاسس حاسه متاكد متاكده مضطر مضطره متضايق ساكن ساكنه
صرفت حجزت لغيت نسيت عرفت فهمت سمعت شفت رحت جيت وصلت كنت كان كانت بقيت بقى خلصت عملت خدت دفعت كلمت اتصلت بعت طلبت لقيت حاولت وقعت اتخبطت غيرت
مش مفيش ماليش معايا معاك معاكم عليا ليا بيا فيا مني منك منكم عندكم بتاعي بتاعتي كله كلهم برضه لوحدي لسه خلاص كمان دلوقتي حالا بعدين قبل بعد النهارده امبارح
هتاخر متاخر متاخره جاي جايه مشيت فاضي فاضيه سنه شهر اسبوع يوم ايام ساعه دقيقه ثانيه ثواني لحظه استنى استني ثانيه اصبر بص بصي شوف شوفي اسمع قول قولي
زبون زبونه عميل طالب طالبه دكتور دكتوره مهندس مدرس محاسب مدير سلام عليكم اهلا صباح مساء الخير شكرا لو سمحت من فضلك ارجوك حضرتك حضراتكم يا فندم باشا
مين ايه ليه ازاي امتى فين كام بكام ميعاد معاد موعد حجز الحجز الميعاد كشف الكشف حشو خلع تنضيف تقويم تبييض عصب سنان اسنان ضرس ضرسي سناني سنتي وجع الم ورم
والله طبعا اكيد ممكن ياريت يمكن تقريبا بالظبط فعلا اصل اصلا علشان عشان اول تاني تالت اخر نفس واحد واحده حد حاجه رقم تليفون موبايل عنوان اسم اسمي`);

export function isOrdinaryWord(folded: string): boolean {
  const bare = folded.replace(/'s$/, "");
  if (ordinary.has(folded) || ordinary.has(bare)) return !givenNames.has(folded);
  return (
    /^[a-z]{5,}(?:ly|ed|ing|ful|less|ness|tion|able|ible|ous|ive|ment|ity)$/.test(folded) &&
    !givenNames.has(folded) &&
    !nameLike.test(folded)
  );
}

/** Names that end as ordinary words do. */
const nameLike =
  /^(?:emily|kelly|sally|molly|billy|polly|carly|beverly|kimberly|ahmed|hamed|mohamed|khaled|waleed|walid|majed|saeed|sayed|alfred|winifred|wilfred|jared|rasheed|naveed|fareed|sterling|harding|manning|reed|mohammed)$/;

export function isGivenName(word: string): boolean {
  return givenNames.has(foldArabic(word.toLowerCase()));
}
