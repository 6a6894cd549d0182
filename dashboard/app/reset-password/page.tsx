import { ResetPassword } from "../../parts/reset-password.tsx";

export default function Page() {
  return <ResetPassword />;
}
