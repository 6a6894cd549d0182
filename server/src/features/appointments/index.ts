export { cancelAppointment, confirmAppointment, readAppointment } from "./answer-appointment.ts";
export { type Appointments, createAppointments } from "./appointments.store.ts";
export type { BusinessProfile, Weekday } from "./business-profile.ts";
export { bookableHours, weeklySpans } from "./weekly-hours.ts";
