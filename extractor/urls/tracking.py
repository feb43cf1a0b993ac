"""Parameters that only tell who shared an address, how and to whom, and never what it shows.

Each parameter has a row here, with the place where it is documented. To add one, add its name to a row, and a case to
``tests/test_urls.py``. A name with another meaning elsewhere goes into a row with its sites, or into `KEPT`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tracker(NamedTuple):
    """Lower-case names of parameters (a final ``*`` matches any ending), and who documents them.

    `sites` are registrable domains or hosts, separated by spaces, to which the names are limited; empty: everywhere.
    """

    names: str
    source: str
    sites: str = ""


_CLEARURLS = "https://github.com/ClearURLs/Rules/blob/master/data.min.json"
_ADGUARD = "https://github.com/AdguardTeam/AdguardFilters/blob/master/TrackParamFilter/sections/general_url.txt"
_ADGUARD_SITES = "https://github.com/AdguardTeam/AdguardFilters/blob/master/TrackParamFilter/sections/specific.txt"
_BRAVE = "https://github.com/brave/brave-browser/issues/"
_AMAZON = (
    "amazon.ae amazon.ca amazon.cn amazon.co.jp amazon.co.uk amazon.com amazon.com.au amazon.com.be amazon.com.br "
    "amazon.com.mx amazon.com.tr amazon.de amazon.eg amazon.es amazon.fr amazon.in amazon.it amazon.nl amazon.pl "
    "amazon.sa amazon.se amazon.sg"
)
_EBAY = (
    "ebay.at ebay.be ebay.ca ebay.ch ebay.co.uk ebay.com ebay.com.au ebay.de ebay.es ebay.fr ebay.ie ebay.it ebay.nl "
    "ebay.pl"
)
_GOOGLE = (
    "google.at google.ca google.ch google.co.in google.co.jp google.co.uk google.com google.com.au google.com.br "
    "google.de google.es google.fr google.it google.nl google.pl google.se"
)

TRACKERS = (
    # Web analytics: which campaign
    Tracker("utm_*", "https://support.google.com/analytics/answer/10917952"),
    Tracker("_ga _gl", "https://support.google.com/analytics/answer/10071811"),
    Tracker(
        "mtm_campaign mtm_keyword mtm_kwd mtm_source mtm_medium mtm_content mtm_cid mtm_group mtm_placement "
        "matomo_campaign matomo_keyword matomo_kwd matomo_source matomo_medium matomo_content matomo_cid matomo_group "
        "matomo_placement pk_campaign pk_keyword pk_kwd pk_source pk_medium pk_content pk_cid pk_cpn "
        "piwik_campaign piwik_keyword piwik_kwd",
        "https://matomo.org/faq/how-to/faq_120",
    ),
    Tracker("pk_vid", "https://github.com/DandelionSprout/adfilt/discussions/163#discussioncomment-4962768"),
    Tracker(
        "at_medium at_campaign at_campaign_type at_creation at_variant at_format at_channel at_general_placement "
        "at_detail_placement at_send_date at_recipient_id at_recipient_list at_term at_network at_platform at_creative "
        "at_emailtype at_link_id at_link_origin at_link_type at_ptr_name at_bbc_team "
        "at_custom*",
        "https://developers.atinternet-solutions.com/piano-analytics/data-collection/how-to-send-events/marketing-campaigns",
    ),
    Tracker(
        "xtor",
        "https://developers.atinternet-solutions.com/as2-tagging-en/javascript-en/campaigns-javascript-en/marketing-campaigns-javascript-en/",
    ),
    Tracker(
        "wt.mc_id wt.mc_ev wt.tsrc",
        "https://kb.webtrends.com/information/what-counts-as-a-clickthrough-in-campaign-reports-1365447896545/",
    ),
    Tracker("wt_mc wt_zmc", "https://documentation.mapp.com/latest/en/url-campaign-mapper-19109338.html"),
    Tracker(
        "itm_source itm_medium itm_campaign itm_content itm_term",
        "https://www.parse.ly/help/kb/campaign-tracking-guide",
    ),
    Tracker("s_cid", f"{_BRAVE}17452"),  # Adobe Analytics
    Tracker(
        "cm_mmc cm_mmca* cm_mmcb*", "https://help.hcltechsw.com/commerce/8.0.0/coremetrics/refs/rmtusecmpcore.html"
    ),
    Tracker("_openstat", f"{_BRAVE}11579"),
    Tracker("guccounter guce_referrer guce_referrer_sig", _ADGUARD),  # Yahoo's consent page
    # Advertisements: which click
    Tracker("gclid gclsrc dclid gbraid wbraid", "https://support.google.com/google-ads/answer/9744275"),
    Tracker("gad_source gad_campaignid", "https://support.google.com/google-ads/answer/16193746"),
    Tracker("srsltid", "https://support.google.com/merchants/answer/11127659"),
    Tracker("msclkid", "https://help.ads.microsoft.com/apex/index/3/en/60000"),
    Tracker("fbclid", _ADGUARD),
    Tracker(
        "fb_action_ids fb_action_types fb_ref fb_source action_object_map action_type_map action_ref_map", _CLEARURLS
    ),
    Tracker("igshid igsh", f"{_BRAVE}11580"),
    Tracker("yclid ysclid ymclid", f"{_BRAVE}11578"),
    Tracker("twclid", f"{_BRAVE}18020"),
    Tracker("__twitter_impression", _CLEARURLS),
    Tracker("ttclid", "https://ads.tiktok.com/help/article/tiktok-click-id"),
    Tracker(
        "li_fat_id", "https://learn.microsoft.com/en-us/linkedin/marketing/conversions/enabling-first-party-cookies"
    ),
    Tracker("epik", "https://developers.pinterest.com/docs/track-conversions/track-conversions-in-the-api/"),
    Tracker("sccid", "https://developers.snap.com/api/marketing-api/Conversions-API/Parameters"),
    Tracker("irclickid irgwc ir_adid ir_campaignid ir_partnerid", _ADGUARD),  # impact.com
    Tracker("ef_id s_kwcid", "https://experienceleague.adobe.com/en/docs/advertising/integrations/analytics/ids"),
    Tracker("rb_clickid", f"{_BRAVE}17451"),
    Tracker("wickedid wickedsource", f"{_BRAVE}13647"),
    Tracker("_branch_match_id _branch_referrer", "https://stackoverflow.com/questions/37882810"),
    # Newsletters: which one, and to whom
    Tracker("mc_cid mc_eid", _CLEARURLS),
    Tracker("mkt_tok", f"{_BRAVE}9018"),  # Marketo
    Tracker("vero_id vero_conv", f"{_BRAVE}11817"),
    Tracker("_hsenc _hsmi __hssc __hstc __hsfp hsctatracking", f"{_BRAVE}9019"),  # HubSpot
    Tracker(
        "hsa_acc hsa_ad hsa_cam hsa_grp hsa_kw hsa_la hsa_mt hsa_net hsa_ol hsa_src hsa_tgt hsa_ver",
        "https://knowledge.hubspot.com/ads/ad-tracking-in-hubspot",
    ),
    Tracker("ck_subscriber_id", f"{_BRAVE}44341"),  # Kit, formerly ConvertKit
    Tracker("_kx", "https://community.klaviyo.com/show-tell-27/linking-to-costco-com-url-encoded-parameters-10326"),
    Tracker("__s", f"{_BRAVE}8975"),  # Drip
    Tracker("ml_subscriber ml_subscriber_hash", f"{_BRAVE}17507"),  # MailerLite
    Tracker("oly_enc_id oly_anon_id", f"{_BRAVE}13644"),  # Omeda
    Tracker("oft_id oft_k oft_lk oft_d oft_c oft_ck oft_ids oft_sk", f"{_BRAVE}22082"),  # Ontraport
    Tracker("_clde _cldee", "https://github.com/DandelionSprout/adfilt/discussions/163#discussioncomment-2597385"),
    Tracker(
        "bsft_aaid bsft_clkid bsft_eid bsft_ek bsft_mid bsft_uid",
        "https://github.com/AdguardTeam/AdguardFilters/issues/89869",
    ),
    # Names with this meaning only at some sites
    Tracker(
        "trk trkinfo trackingid refid lipi lici rcm midtoken midsig originalsubdomain",
        _CLEARURLS,
        "linkedin.com",
    ),
    Tracker("si feature pp ab_channel", _CLEARURLS, "youtube.com youtu.be"),  # `t`, `list`, `index` say what to play
    Tracker("s t ref_src ref_url", _CLEARURLS, "twitter.com x.com"),
    Tracker("source", _CLEARURLS, "medium.com"),  # `sk` opens a paid story, so it is kept
    Tracker("share_id rdt ref_source ref_campaign correlation_id", _CLEARURLS, "reddit.com"),
    Tracker("si", _CLEARURLS, "spotify.com"),
    Tracker("mibextid __tn__ rdid __cft__* __xts__* paipv eav", _CLEARURLS, "facebook.com"),
    Tracker("_t _r share_app_name share_iid u_code", _CLEARURLS, "tiktok.com"),
    Tracker("is_from_webapp sender_device is_copy_url web_id", _ADGUARD_SITES, "tiktok.com"),
    Tracker(
        "spm_id_from vd_source from_source share_source share_medium share_plat share_tag share_session_id unique_k "
        "plat_id buvid is_story_h5",
        _CLEARURLS,
        "bilibili.com",
    ),
    Tracker("r triedredirect", "https://github.com/cosmik-network/semble/issues/335", "substack.com"),
    Tracker("smid", _CLEARURLS, "nytimes.com"),
    Tracker(
        "pd_rd_* pf_rd_* ref ref_ refrid qid sr sprefix crid dib dib_tag linkcode linkid ascsubtag creative "
        "creativeasin camp tag _encoding social_share content-id",
        _CLEARURLS,
        _AMAZON,
    ),
    Tracker("ref_ pf_rd_*", _CLEARURLS, "imdb.com"),
    Tracker("_trkparms _trksid", _CLEARURLS, _EBAY),
    Tracker("ved ei sei sxsrf gs_lcp gs_lp gs_lcrp gs_l aqs oq uact sca_esv sca_upv", _CLEARURLS, _GOOGLE),
    Tracker(
        "spm scm algo_pvid algo_expid aff_request_id",
        _CLEARURLS,
        "1688.com alibaba.com alibabacloud.com aliexpress.com aliexpress.us aliyun.com taobao.com tmall.com",
    ),
    Tracker("snr", _CLEARURLS, "steampowered.com"),
    Tracker("src", "https://github.com/cadeyrn/bookmarks-organizer/issues/94", "addons.mozilla.org"),
)

KEPT = (
    # UTM is also a map grid (Universal Transverse Mercator).
    Tracker("utm_x utm_y utm_e utm_n utm_zone utm_band utm_easting utm_northing", "https://epsg.org/crs_32632"),
    # `utm_source` and `utm_medium` are the key of a file, or the page to show.
    Tracker("utm_*", "https://github.com/ClearURLs/Rules/issues/75", "transfernow.net"),
    Tracker("utm_*", "https://github.com/ClearURLs/Addon/issues/440", "sendgb.com"),
    # A lecture catalogue selects a lecture by `__s`.
    Tracker(
        "__s",
        "https://github.com/AdguardTeam/AdguardFilters/issues/128631",
        "th-koeln.de uni-bamberg.de uni-erlangen.de uni-kiel.de uni-luebeck.de",
    ),
)


class _Names(NamedTuple):
    """Names of parameters: complete names, and prefixes."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]


def _by_site(table: tuple[Tracker, ...]) -> dict[str, _Names]:
    """The names by site, those for all sites under ''."""
    names: dict[str, list[str]] = {}
    for row in table:
        for site in row.sites.split() or [""]:
            names.setdefault(site, []).extend(row.names.split())
    return {
        site: _Names(
            frozenset(name for name in found if not name.endswith("*")),
            tuple(name[:-1] for name in found if name.endswith("*")),
        )
        for site, found in names.items()
    }


_TRACKED = _by_site(TRACKERS)
_KEPT = _by_site(KEPT)


def tracks(name: str, host: str, site: str) -> bool:
    """Whether a parameter with this (lower-case) name is irrelevant to what an address of this host and site shows."""
    return _have(_TRACKED, name, host, site) and not _have(_KEPT, name, host, site)


def _have(table: Mapping[str, _Names], name: str, host: str, site: str) -> bool:
    for place in ("", site, host):
        names = table.get(place)
        if names is not None and (name in names.whole or name.startswith(names.beginnings)):
            return True
    return False
