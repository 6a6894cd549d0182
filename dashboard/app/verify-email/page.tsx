import { VerifyEmail } from "../../parts/verify-email.tsx";

export default function Page() {
  return <VerifyEmail />;
}
