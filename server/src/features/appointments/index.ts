export { type AppointmentOutcome, type Appointments, type Booking, createAppointments } from "./appointments.store.ts";
export type { BusinessProfile, Service, Weekday } from "./business-profile.ts";
