/** What callers want, said sideways: no verb that names the wish. */
import { brightSmileEnglish } from "@parley/contract/demo-business";
import { expect, test } from "vitest";
import type { Intent } from "./types.ts";
import { understand } from "./understand.ts";

const context = {
  nowMs: Date.parse("2026-11-23T15:00:00Z"), // a Monday
  timeZone: brightSmileEnglish.timeZone,
  region: "US" as const,
  facts: brightSmileEnglish.facts,
};

const lines: readonly (readonly [Intent, string])[] = [
  [
    "cancel",
    `i won't be able to make my appointment tomorrow
something came up on monday so i'm not going to be there
i'm afraid i have to pull out of my cleaning on friday
could you take me off the list for thursday please
i had a filling booked for tuesday but i don't need it any more
you can give my slot to someone else
we won't be coming in after all
i'm gonna have to skip my check up this week
please don't expect me on wednesday
i can't come in for my whitening tomorrow
no longer need the root canal appointment
my tooth is fine now so i don't need to come
i need to back out of my appointment
i've decided not to go ahead with the braces
sorry but i am not able to come for my visit on saturday
my daughter is sick she can't come to her appointment today
can you just scrap tomorrow's visit for me
i want to withdraw my booking
is it possible to undo the booking i made
i'd like to call off the extraction
my plans changed and i can't be there at ten tomorrow
i have an appointment at three but i'm stuck at work and can't get there
something came up on monday`,
  ],
  [
    "reschedule",
    `something's come up can we do another day
i can't make my appointment tomorrow is there anything later in the week
my appointment is on monday but thursday would suit me better
could i come in a bit later than planned on friday
i have a cleaning tomorrow can you put it to next week
is it possible to swap my slot with something in the morning
i'd rather come on wednesday than monday for my filling
can we bring my visit forward
i need to find a different time for my check up
i won't make it on time tomorrow could i have a later slot
the time you gave me doesn't suit me anymore i need another one
please shift my booking by one hour
can my appointment be made earlier
i am booked at nine but i want ten instead
would it be ok to see you next week instead of this week
i'm down for tuesday but can we make it friday`,
  ],
  [
    "ask-prices",
    `what would a filling set me back
what am i looking at for a root canal
what's the damage for a whitening
do i need a lot of money for braces
can you tell me what you charge for pulling a tooth
is a cleaning under a hundred dollars
how many dollars for check up
what should i budget for an extraction
what is the cost to get my teeth whitened
i want to know the price before i book a cleaning
will a filling break the bank
how much do i have to pay for the check up
what do you take for a cleaning
is the consultation free of charge
roughly what does a crown run
got any idea what a filling goes for
what's your fee for an exam
is it pricey to get a wisdom tooth out`,
  ],
  [
    "ask-hours",
    `are you around on sunday
what's the latest i can come in today
until what hour you are working
do you shut for lunch
is the doctor in on saturday
are you guys in on fridays
which days are you off
will there be anybody at the clinic on christmas day
is anyone in the office tomorrow morning
do you work weekends
do you do evenings
when do you pack up for the day
what time do you knock off
from what hour do you start
if i come at seven will you still be there
you are opened on sunday
can i come by after six or is it too late
do you take a break for the holidays
is dr carter there on thursdays
at which time you close
are you closed new year's day
what days does doctor hassan work`,
  ],
  [
    "ask-location",
    `i'm lost can you help me find you
i'm outside and i can't see the entrance
which floor are you on
what are you next to
is there a landmark nearby
what's the nearest subway stop
how do i get to you from the airport
is there somewhere to leave my car
i'm on harbor street but i can't find the building
are you close to the library
what part of town are you in
do you have a parking lot
can you send me the directions
are you downtown
which bus goes to you
which exit do i take
i am standing in front of the bank where do i go now
what's the street number
is it far from the station
is your clinic near to the mall
what building is it`,
  ],
  [
    "leave-message",
    `could you let the doctor know i'll be ten minutes late
pass something on to dr carter for me
have somebody ring me back please
ask the dentist to give me a ring
i need dr hassan to call me about my results
can someone get back to me
please tell dr carter the antibiotics worked
could i get a call back
make a note for the doctor that i'm allergic to penicillin
just want them to know i'm on my way
can the doctor phone me when he's free
drop the doctor a note
please inform the reception that my son will be late
would you mind telling the team i'm running behind
someone should call me back on this number
i'd like somebody to contact me`,
  ],
  [
    "speak-to-human",
    `can i talk to somebody
is there a human i can deal with
put me on to someone
i'd rather deal with a person
i don't want to speak to a machine
get me somebody real
could you pass me over to the front desk
i need a real human being
can you transfer me
any chance of talking to the receptionist
is the manager available to talk
connect me with a member of staff
can i have a word with the dentist
is somebody there i can speak to
enough with the bot i want a person`,
  ],
  [
    "goodbye",
    `that'll be everything
i'm all set
that's me sorted
right i'll let you go
ok cheers bye
nothing more from me
no that was it thank you
i think that covers it
have a good one
speak soon
that's all i wanted to know thanks
i've got what i needed
catch you later
ok i'm off then
we're done here thanks
i'll leave it there thanks
all done thank you very much`,
  ],
  [
    "emergency",
    `my son fell and his front tooth came out
i can't swallow properly and my throat is closing up
my gum has been bleeding for two hours and it won't stop
the whole side of my face is swollen
i got hit in the mouth and my teeth are loose and bleeding
the pain is unbearable i can't sleep
my daughter knocked her tooth out at football
he's having trouble breathing after the injection
i'm in agony please help
my jaw is swelling up really fast
i think my jaw is broken
there is blood coming out and i can't stop it
my child fell off a bike and his mouth is full of blood
my neck is swollen and i have a fever
this pain is killing me`,
  ],
  [
    "book",
    `i'd like to make an appointment for monday
can you fit me in tomorrow
i need my teeth cleaned on friday
my tooth hurts a bit can i come in
i want a cleaning and how about thursday
something's wrong with my tooth i need to see someone
i can't do mornings so book me in the afternoon
can i come in tomorrow at five
is there a slot on friday
do you have anything on monday at ten
i broke a filling i need it fixed
is dr carter free on tuesday
i haven't been in years i need a check up
can you see my son on saturday
are you able to see me today
i'd like to get my teeth whitened
it's been a year since my last cleaning can i come in
when can i get in for a filling
when is the doctor free next
put me in for friday at three
i have a little pain when i drink cold water i want an appointment
my gums bleed a little when i brush can i get a check up`,
  ],
];

test.each(lines)("%s", (intent, block) => {
  const wrong = block.split("\n").flatMap((line) => {
    const heard = understand(line, context).intent;
    return heard === intent ? [] : [`${heard}: ${line}`];
  });
  expect(wrong).toEqual([]);
});
