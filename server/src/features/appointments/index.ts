export { type Appointments, createAppointments } from "./appointments.store.ts";
export type { BusinessProfile, Weekday } from "./business-profile.ts";
