export type { AppointmentOutcome } from "./appointment-parts.ts";
export { type Appointments, createAppointments } from "./appointments.store.ts";
export type { BusinessProfile, Weekday } from "./business-profile.ts";
export { cancelAppointment, confirmAppointment, readAppointment } from "./one-appointment.ts";
export { createOutsideBookings, type OutsideBookings } from "./outside-bookings.ts";
export type { OutsideDeps } from "./outside-rows.ts";
export { tendAppointments, tendAppointmentsByClock } from "./tend-appointments.ts";
export { bookableHours, weeklySpans } from "./weekly-hours.ts";
