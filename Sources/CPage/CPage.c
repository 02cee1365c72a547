/* The files of the page (C23 #embed). Tools/embed-page writes this list. */
#include "CPage.h"

struct file {
    const char *name;
    const unsigned char *bytes;
    size_t length;
};

static const unsigned char app_js[] = {
#embed "page/app.js"
};
static const unsigned char core_diff_js[] = {
#embed "page/core/diff.js"
};
static const unsigned char core_filter_js[] = {
#embed "page/core/filter.js"
};
static const unsigned char core_format_js[] = {
#embed "page/core/format.js"
};
static const unsigned char core_json_js[] = {
#embed "page/core/json.js"
};
static const unsigned char core_markdown_js[] = {
#embed "page/core/markdown.js"
};
static const unsigned char core_messages_js[] = {
#embed "page/core/messages.js"
};
static const unsigned char core_patch_js[] = {
#embed "page/core/patch.js"
};
static const unsigned char core_pointer_js[] = {
#embed "page/core/pointer.js"
};
static const unsigned char core_refs_js[] = {
#embed "page/core/refs.js"
};
static const unsigned char core_scale_js[] = {
#embed "page/core/scale.js"
};
static const unsigned char core_tree_js[] = {
#embed "page/core/tree.js"
};
static const unsigned char data_api_js[] = {
#embed "page/data/api.js"
};
static const unsigned char data_appsmodel_js[] = {
#embed "page/data/appsmodel.js"
};
static const unsigned char data_cells_js[] = {
#embed "page/data/cells.js"
};
static const unsigned char data_emitter_js[] = {
#embed "page/data/emitter.js"
};
static const unsigned char data_follow_js[] = {
#embed "page/data/follow.js"
};
static const unsigned char data_found_js[] = {
#embed "page/data/found.js"
};
static const unsigned char data_insights_js[] = {
#embed "page/data/insights.js"
};
static const unsigned char data_jumps_js[] = {
#embed "page/data/jumps.js"
};
static const unsigned char data_lanes_js[] = {
#embed "page/data/lanes.js"
};
static const unsigned char data_live_js[] = {
#embed "page/data/live.js"
};
static const unsigned char data_notes_js[] = {
#embed "page/data/notes.js"
};
static const unsigned char data_playback_js[] = {
#embed "page/data/playback.js"
};
static const unsigned char data_poll_js[] = {
#embed "page/data/poll.js"
};
static const unsigned char data_session_js[] = {
#embed "page/data/session.js"
};
static const unsigned char data_shared_js[] = {
#embed "page/data/shared.js"
};
static const unsigned char data_spans_js[] = {
#embed "page/data/spans.js"
};
static const unsigned char data_timeline_js[] = {
#embed "page/data/timeline.js"
};
static const unsigned char data_window_js[] = {
#embed "page/data/window.js"
};
static const unsigned char data_windows_js[] = {
#embed "page/data/windows.js"
};
static const unsigned char data_writers_js[] = {
#embed "page/data/writers.js"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char streams_js[] = {
#embed "page/streams.js"
};
static const unsigned char style_base_css[] = {
#embed "page/style/base.css"
};
static const unsigned char style_lists_css[] = {
#embed "page/style/lists.css"
};
static const unsigned char style_panes_css[] = {
#embed "page/style/panes.css"
};
static const unsigned char style_tokens_css[] = {
#embed "page/style/tokens.css"
};
static const unsigned char style_travel_css[] = {
#embed "page/style/travel.css"
};
static const unsigned char theme_js[] = {
#embed "page/theme.js"
};
static const unsigned char view_appkeys_js[] = {
#embed "page/view/appkeys.js"
};
static const unsigned char view_apppage_js[] = {
#embed "page/view/apppage.js"
};
static const unsigned char view_apps_js[] = {
#embed "page/view/apps.js"
};
static const unsigned char view_chat_js[] = {
#embed "page/view/chat.js"
};
static const unsigned char view_code_js[] = {
#embed "page/view/code.js"
};
static const unsigned char view_colors_js[] = {
#embed "page/view/colors.js"
};
static const unsigned char view_detail_js[] = {
#embed "page/view/detail.js"
};
static const unsigned char view_dom_js[] = {
#embed "page/view/dom.js"
};
static const unsigned char view_drag_js[] = {
#embed "page/view/drag.js"
};
static const unsigned char view_graph_js[] = {
#embed "page/view/graph.js"
};
static const unsigned char view_heads_js[] = {
#embed "page/view/heads.js"
};
static const unsigned char view_help_js[] = {
#embed "page/view/help.js"
};
static const unsigned char view_icons_js[] = {
#embed "page/view/icons.js"
};
static const unsigned char view_insights_js[] = {
#embed "page/view/insights.js"
};
static const unsigned char view_inspector_js[] = {
#embed "page/view/inspector.js"
};
static const unsigned char view_jumpkeys_js[] = {
#embed "page/view/jumpkeys.js"
};
static const unsigned char view_keyboard_js[] = {
#embed "page/view/keyboard.js"
};
static const unsigned char view_noteform_js[] = {
#embed "page/view/noteform.js"
};
static const unsigned char view_notes_js[] = {
#embed "page/view/notes.js"
};
static const unsigned char view_notespage_js[] = {
#embed "page/view/notespage.js"
};
static const unsigned char view_notice_js[] = {
#embed "page/view/notice.js"
};
static const unsigned char view_palette_js[] = {
#embed "page/view/palette.js"
};
static const unsigned char view_player_js[] = {
#embed "page/view/player.js"
};
static const unsigned char view_projects_js[] = {
#embed "page/view/projects.js"
};
static const unsigned char view_raw_js[] = {
#embed "page/view/raw.js"
};
static const unsigned char view_reproduce_js[] = {
#embed "page/view/reproduce.js"
};
static const unsigned char view_shell_js[] = {
#embed "page/view/shell.js"
};
static const unsigned char view_side_js[] = {
#embed "page/view/side.js"
};
static const unsigned char view_sorting_js[] = {
#embed "page/view/sorting.js"
};
static const unsigned char view_sparkline_js[] = {
#embed "page/view/sparkline.js"
};
static const unsigned char view_statepane_js[] = {
#embed "page/view/statepane.js"
};
static const unsigned char view_steps_js[] = {
#embed "page/view/steps.js"
};
static const unsigned char view_stripdraw_js[] = {
#embed "page/view/stripdraw.js"
};
static const unsigned char view_strips_js[] = {
#embed "page/view/strips.js"
};
static const unsigned char view_striptable_js[] = {
#embed "page/view/striptable.js"
};
static const unsigned char view_transport_js[] = {
#embed "page/view/transport.js"
};
static const unsigned char view_treeview_js[] = {
#embed "page/view/treeview.js"
};
static const unsigned char view_value_js[] = {
#embed "page/view/value.js"
};
static const unsigned char view_vlist_js[] = {
#embed "page/view/vlist.js"
};

static const struct file files[] = {
    {"app.js", app_js, sizeof app_js},
    {"core/diff.js", core_diff_js, sizeof core_diff_js},
    {"core/filter.js", core_filter_js, sizeof core_filter_js},
    {"core/format.js", core_format_js, sizeof core_format_js},
    {"core/json.js", core_json_js, sizeof core_json_js},
    {"core/markdown.js", core_markdown_js, sizeof core_markdown_js},
    {"core/messages.js", core_messages_js, sizeof core_messages_js},
    {"core/patch.js", core_patch_js, sizeof core_patch_js},
    {"core/pointer.js", core_pointer_js, sizeof core_pointer_js},
    {"core/refs.js", core_refs_js, sizeof core_refs_js},
    {"core/scale.js", core_scale_js, sizeof core_scale_js},
    {"core/tree.js", core_tree_js, sizeof core_tree_js},
    {"data/api.js", data_api_js, sizeof data_api_js},
    {"data/appsmodel.js", data_appsmodel_js, sizeof data_appsmodel_js},
    {"data/cells.js", data_cells_js, sizeof data_cells_js},
    {"data/emitter.js", data_emitter_js, sizeof data_emitter_js},
    {"data/follow.js", data_follow_js, sizeof data_follow_js},
    {"data/found.js", data_found_js, sizeof data_found_js},
    {"data/insights.js", data_insights_js, sizeof data_insights_js},
    {"data/jumps.js", data_jumps_js, sizeof data_jumps_js},
    {"data/lanes.js", data_lanes_js, sizeof data_lanes_js},
    {"data/live.js", data_live_js, sizeof data_live_js},
    {"data/notes.js", data_notes_js, sizeof data_notes_js},
    {"data/playback.js", data_playback_js, sizeof data_playback_js},
    {"data/poll.js", data_poll_js, sizeof data_poll_js},
    {"data/session.js", data_session_js, sizeof data_session_js},
    {"data/shared.js", data_shared_js, sizeof data_shared_js},
    {"data/spans.js", data_spans_js, sizeof data_spans_js},
    {"data/timeline.js", data_timeline_js, sizeof data_timeline_js},
    {"data/window.js", data_window_js, sizeof data_window_js},
    {"data/windows.js", data_windows_js, sizeof data_windows_js},
    {"data/writers.js", data_writers_js, sizeof data_writers_js},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"index.html", index_html, sizeof index_html},
    {"streams.js", streams_js, sizeof streams_js},
    {"style/base.css", style_base_css, sizeof style_base_css},
    {"style/lists.css", style_lists_css, sizeof style_lists_css},
    {"style/panes.css", style_panes_css, sizeof style_panes_css},
    {"style/tokens.css", style_tokens_css, sizeof style_tokens_css},
    {"style/travel.css", style_travel_css, sizeof style_travel_css},
    {"theme.js", theme_js, sizeof theme_js},
    {"view/appkeys.js", view_appkeys_js, sizeof view_appkeys_js},
    {"view/apppage.js", view_apppage_js, sizeof view_apppage_js},
    {"view/apps.js", view_apps_js, sizeof view_apps_js},
    {"view/chat.js", view_chat_js, sizeof view_chat_js},
    {"view/code.js", view_code_js, sizeof view_code_js},
    {"view/colors.js", view_colors_js, sizeof view_colors_js},
    {"view/detail.js", view_detail_js, sizeof view_detail_js},
    {"view/dom.js", view_dom_js, sizeof view_dom_js},
    {"view/drag.js", view_drag_js, sizeof view_drag_js},
    {"view/graph.js", view_graph_js, sizeof view_graph_js},
    {"view/heads.js", view_heads_js, sizeof view_heads_js},
    {"view/help.js", view_help_js, sizeof view_help_js},
    {"view/icons.js", view_icons_js, sizeof view_icons_js},
    {"view/insights.js", view_insights_js, sizeof view_insights_js},
    {"view/inspector.js", view_inspector_js, sizeof view_inspector_js},
    {"view/jumpkeys.js", view_jumpkeys_js, sizeof view_jumpkeys_js},
    {"view/keyboard.js", view_keyboard_js, sizeof view_keyboard_js},
    {"view/noteform.js", view_noteform_js, sizeof view_noteform_js},
    {"view/notes.js", view_notes_js, sizeof view_notes_js},
    {"view/notespage.js", view_notespage_js, sizeof view_notespage_js},
    {"view/notice.js", view_notice_js, sizeof view_notice_js},
    {"view/palette.js", view_palette_js, sizeof view_palette_js},
    {"view/player.js", view_player_js, sizeof view_player_js},
    {"view/projects.js", view_projects_js, sizeof view_projects_js},
    {"view/raw.js", view_raw_js, sizeof view_raw_js},
    {"view/reproduce.js", view_reproduce_js, sizeof view_reproduce_js},
    {"view/shell.js", view_shell_js, sizeof view_shell_js},
    {"view/side.js", view_side_js, sizeof view_side_js},
    {"view/sorting.js", view_sorting_js, sizeof view_sorting_js},
    {"view/sparkline.js", view_sparkline_js, sizeof view_sparkline_js},
    {"view/statepane.js", view_statepane_js, sizeof view_statepane_js},
    {"view/steps.js", view_steps_js, sizeof view_steps_js},
    {"view/stripdraw.js", view_stripdraw_js, sizeof view_stripdraw_js},
    {"view/strips.js", view_strips_js, sizeof view_strips_js},
    {"view/striptable.js", view_striptable_js, sizeof view_striptable_js},
    {"view/transport.js", view_transport_js, sizeof view_transport_js},
    {"view/treeview.js", view_treeview_js, sizeof view_treeview_js},
    {"view/value.js", view_value_js, sizeof view_value_js},
    {"view/vlist.js", view_vlist_js, sizeof view_vlist_js},
};

size_t cpage_count(void) { return sizeof files / sizeof files[0]; }
const char *cpage_name(size_t index) { return files[index].name; }
const unsigned char *cpage_bytes(size_t index) { return files[index].bytes; }
size_t cpage_length(size_t index) { return files[index].length; }
