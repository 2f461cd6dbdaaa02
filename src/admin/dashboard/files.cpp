#include "admin/dashboard/files.hpp"

#include <array>

namespace simplon::admin {

namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::string_view css = "text/css; charset=utf-8";
constexpr std::string_view javascript = "text/javascript; charset=utf-8";

constexpr std::string_view page =
#include "page.html.inc"
    ;
constexpr std::string_view style =
#include "dashboard.css.inc"
    ;
constexpr std::string_view start =
#include "dashboard.js.inc"
    ;
constexpr std::string_view charts =
#include "charts.js.inc"
    ;
constexpr std::string_view history =
#include "history.js.inc"
    ;
constexpr std::string_view panels =
#include "panels.js.inc"
    ;
constexpr std::string_view server =
#include "server.js.inc"
    ;

constexpr std::array files = {
    DashboardFile{"/", html, page},
    DashboardFile{"/dashboard.css", css, style},
    DashboardFile{"/dashboard.js", javascript, start},
    DashboardFile{"/charts.js", javascript, charts},
    DashboardFile{"/history.js", javascript, history},
    DashboardFile{"/panels.js", javascript, panels},
    DashboardFile{"/server.js", javascript, server},
};

}  // namespace

const std::span<const DashboardFile> dashboard_files = files;

}  // namespace simplon::admin
