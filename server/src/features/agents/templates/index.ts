/** The gallery: agents to begin with. Each works as it is, with a language model or without. */
import type { AgentTemplate } from "@parley/contract/agent";
import { dentalReceptionist } from "./dental-receptionist.ts";
import { egyptianHotline } from "./egyptian-hotline.ts";
import { helpDesk } from "./help-desk.ts";
import { lawFirmIntake } from "./law-firm-intake.ts";
import { outboundSales } from "./outbound-sales.ts";
import { restaurant } from "./restaurant.ts";
import { salon } from "./salon.ts";

export const agentTemplates: readonly AgentTemplate[] = [
  dentalReceptionist,
  egyptianHotline,
  outboundSales,
  helpDesk,
  restaurant,
  lawFirmIntake,
  salon,
];
