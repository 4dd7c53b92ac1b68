"""Colours and shapes of what Gradio draws by itself; the rest is in page.css."""

from __future__ import annotations

import gradio as gr

_PAPER, _NIGHT = "#fafaf9", "#141312"


def theme() -> gr.themes.Base:
    """Stone greys, one teal accent, system fonts: nothing is fetched from the web.

    Fills are teal 700, since white on anything lighter is hard to read; small grey text is stone 600, and 400 at night.
    """
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    base = gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", radius_size="lg", font=fonts, font_mono=["ui-monospace", "monospace"]
    )
    return base.set(
        color_accent="*primary_700",
        body_background_fill=_PAPER,
        body_background_fill_dark=_NIGHT,
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="#1c1b19",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_text_weight="600",
        block_label_text_color="*body_text_color",
        block_label_text_color_dark="*body_text_color",
        block_info_text_color="*body_text_color_subdued",
        block_info_text_color_dark="*body_text_color_subdued",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_400",
        **_controls(),
    )


def _controls() -> dict[str, str]:
    """Buttons, fields, ticks and sliders."""
    return {
        "button_primary_background_fill": "*primary_700",
        "button_primary_background_fill_dark": "*primary_700",
        "button_primary_background_fill_hover": "*primary_800",
        "button_primary_background_fill_hover_dark": "*primary_800",
        "button_primary_border_color": "*primary_700",
        "button_primary_border_color_dark": "*primary_700",
        "button_primary_text_color": "white",
        "button_primary_text_color_dark": "white",
        "input_background_fill": "white",
        "input_background_fill_dark": _NIGHT,
        "input_border_width": "1px",
        "input_border_color": "#a8a29e",
        "input_border_color_dark": "#57534e",
        "input_border_color_focus": "*primary_700",
        "input_border_color_focus_dark": "*primary_400",
        "input_placeholder_color": "*neutral_500",
        "slider_color": "*primary_700",
        "slider_color_dark": "*primary_500",
        "checkbox_border_radius": "5px",
        "checkbox_background_color_selected": "*primary_700",
        "checkbox_background_color_selected_dark": "*primary_600",
        "checkbox_border_color_selected": "*primary_700",
        "checkbox_border_color_selected_dark": "*primary_500",
        "checkbox_label_background_fill_selected": "*primary_50",
        "checkbox_label_background_fill_selected_dark": "*neutral_700",
    }
