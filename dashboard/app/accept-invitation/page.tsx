import { AcceptInvitation } from "../../parts/accept-invitation.tsx";

export default function Page() {
  return <AcceptInvitation />;
}
