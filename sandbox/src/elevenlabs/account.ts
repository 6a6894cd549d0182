/** Bodies as the vendor's own client insists on them. */
export const voicesBody = {
  voices: [
    {
      voice_id: "sandboxVoiceOne",
      name: "Sandbox one",
      category: "premade",
      labels: { language: "en" },
      preview_url: null,
    },
    {
      voice_id: "sandboxVoiceTwo",
      name: "Sandbox two",
      category: "premade",
      labels: { language: "ar" },
      preview_url: null,
    },
  ],
};

const subscription = {
  tier: "creator",
  status: "active",
  character_count: 0,
  character_limit: 100_000,
  max_credit_limit_extension: 0,
  can_extend_character_limit: false,
  allowed_to_extend_character_limit: false,
  voice_slots_used: 0,
  professional_voice_slots_used: 0,
  professional_voice_slots_used_in_workspace: 0,
  voice_limit: 30,
  voice_add_edit_counter: 0,
  professional_voice_limit: 1,
  can_extend_voice_limit: false,
  can_use_instant_voice_cloning: true,
  can_use_professional_voice_cloning: false,
  current_overage: { amount: "0", currency: "usd" },
};

export const userBody = {
  user_id: "sandbox",
  subscription,
  workspace_id: "sandbox",
  is_new_user: false,
  can_use_delayed_payment_methods: false,
  is_onboarding_completed: true,
  is_onboarding_checklist_completed: true,
  created_at: 1_700_000_000,
  seat_type: "workspace_admin",
};
